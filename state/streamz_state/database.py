"""What a database is: the promises that rocksdb.py and memory.py both keep."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from streamz_state.batch import WriteBatch
from streamz_state.position import Position


class Reader(Protocol):
    """What can be asked of a database and of a snapshot of it alike.

    Every read may raise StateCorrupt: damaged bytes never look like absent rows.
    """

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        ...

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Rows of [start, end) as they are at this call, in unsigned byte order of their keys.

        `end` None: to the last row; rows of bookkeeping never show. Writes made while it runs do
        not change what it gives. After `close()` it ends in StateClosed.
        """
        ...

    @property
    def position(self) -> Position | None:
        """The commit these rows are the result of; None before the first."""
        ...


class Snapshot(Reader, Protocol):
    """One moment of a database. Keeps superseded rows alive: close it soon."""

    def close(self) -> None:
        """Let go of the moment; reads raise StateClosed from now on. Twice is no error."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Database(Reader, Protocol):
    """Ordered rows of bytes, and the position of the commit that they are the result of.

    One thread writes and closes. Other threads take snapshots and read those; what they do after
    `close()` raises StateClosed. A process forked from this one can use none of it.
    """

    def write(self, batch: WriteBatch, position: Position | None) -> None:
        """Apply `batch` and `position` together or, on an error, neither.

        Survives the end of the process, not that of the machine. None leaves the position as it is.
        """
        ...

    def snapshot(self) -> Snapshot:
        """This moment: its rows and its position."""
        ...

    def close(self) -> None:
        """Close scans and snapshots, then the database: its directory can be opened at once.

        Twice is no error. StateError if the last bytes could not be written out (they can be
        recovered); it is closed all the same.
        """
        ...

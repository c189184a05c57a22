"""One moment of a database, and how scans and snapshots read it piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from attrs import frozen

from streamz_state.keys import POSITION_KEY, USER_START
from streamz_state.position import Position, decode_position

# The first piece is small for scans that want one row; between two pieces other threads get a turn
# and the database may close.
ROWS_FIRST = 16
ROWS_MAX = 200


class View(Protocol):
    """The rows of one moment; its own lock makes each call whole."""

    def get(self, key: bytes) -> bytes | None: ...

    def rows(
        self, start: bytes, end: bytes | None, *, reverse: bool, limit: int
    ) -> list[tuple[bytes, bytes]]:
        """The first `limit` rows of [start, end), from its end if `reverse`; fewer: no more."""
        ...

    def close(self) -> None: ...


def scan_view(
    view: View, start: bytes, end: bytes | None, *, reverse: bool
) -> Iterator[tuple[bytes, bytes]]:
    """The user rows of [start, end)."""
    start = max(start, USER_START)
    limit = ROWS_FIRST
    while end is None or start < end:
        rows = view.rows(start, end, reverse=reverse, limit=limit)
        yield from rows
        if len(rows) < limit:
            return
        if reverse:
            end = rows[-1][0]
        else:
            start = rows[-1][0] + b"\x00"
        limit = ROWS_MAX


@frozen(eq=False)
class ViewSnapshot:
    """The Snapshot of both databases."""

    _view: View

    def get(self, key: bytes) -> bytes | None:
        return self._view.get(key)

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return scan_view(self._view, start, end, reverse=reverse)

    @property
    def position(self) -> Position | None:
        row = self._view.get(POSITION_KEY)
        return None if row is None else decode_position(row)

    def close(self) -> None:
        self._view.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

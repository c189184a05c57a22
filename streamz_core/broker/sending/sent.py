"""What becomes of a record that was sent: where it stands, or why it does not."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

from attrs import frozen

from streamz_core.broker.checks import callback
from streamz_core.env.awaiting import awaited
from streamz_core.errors import StreamzError, TimedOut

Told = Callable[["StreamzError | None", "Delivered | None"], object]
"""What is called when it is known: an error, or where the record stands."""

BEFORE = -1


@frozen
class Delivered:
    """A record that was written, as safe as the log promises; `timestamp` in ms UTC.

    `offset` is -1 where a producer of this `id` had written the record before, with the same sequence: then
    it was not written again.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int


class Pile(Protocol):
    """Records that are written together, of which each is known by a number."""

    def told(self, number: int) -> Delivered | None:
        """Where it stands; None while that is not known. The error, if it was not written."""
        ...

    def listen(self, number: int, call: Told) -> None:
        """Have this called when it is known, at once if it is."""
        ...

    def hurry(self, timeout_s: float | None) -> None:
        """Write what waits now, and wait for it if there is a timeout; None: however long it takes."""
        ...


class Sent:
    """A record on its way. `await` gives what `result` does, and blocks nobody.

    Nobody has to look at it: what is wrong is told by `flush` and `close`, too.
    """

    # No __init__: there is one of these for each record that is sent, and a call more would be felt.
    __slots__ = ("number", "pile")
    pile: Pile
    number: int

    def done(self) -> bool:
        """Whether it is known what became of it."""
        try:
            return self.pile.told(self.number) is not None
        except StreamzError:
            return True

    def result(self, timeout_s: float | None = None) -> Delivered:
        """Where the record stands. It does not linger any more: it is written now.

        What kept it from being written is raised; StorageFull: it is kept, and tried again. TimedOut.
        """
        found = self.pile.told(self.number)
        if found is None:
            self.pile.hurry(timeout_s)
            found = self.pile.told(self.number)
        if found is None:
            raise TimedOut("the record is not written yet; that goes on: ask again, or flush()")
        return found

    def then(self, call: Told) -> None:
        """Have `call(error, delivered)` called when it is known, one of the two being None: by the thread that
        writes, which waits for it; at once if it is known."""
        self.pile.listen(self.number, callback("what is called", call))

    def __await__(self) -> Generator[Any, None, Delivered]:
        return awaited(self._ask).__await__()

    def _ask(self, tell: Told) -> None:
        self.then(tell)
        if not self.done():
            self.pile.hurry(0)

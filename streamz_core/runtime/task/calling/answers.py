"""What of one task waits for answers, and what it does about that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streamz_core.compiler.program import Bound
from streamz_core.runtime.task.calling.calls import Askings
from streamz_core.runtime.task.calling.closing import Closing


class Answers:
    """Of the lines of its functions, and the calls that these asked for. `closing`: when nothing more is taken."""

    def __init__(self, bound: Bound, askings: Askings, closing: Closing) -> None:
        self.closing = closing
        self._bound = bound
        self._askings = askings

    @property
    def possible(self) -> bool:
        """Whether there are steps that wait."""
        return bool(self._bound.lines)

    @property
    def waited_for(self) -> bool:
        """Whether records wait in a line."""
        return self._bound.behind

    @property
    def called_for(self) -> bool:
        """Whether records wait for calls that are under way."""
        return self._bound.behind and self._askings.running

    def room(self, records: int) -> int:
        """How many of so many records may be taken: no more than there are free places for their calls."""
        return self._askings.room(records) if self._bound.lines else records

    def opened(self) -> None:
        """Records were taken."""
        if self._askings.running:
            self.closing.opened()

    def idle(self) -> bool:
        """There is nothing to do: calls may go on where they have no thread of their own. Whether any has ended."""
        return bool(self._bound.lines) and self._askings.idle()

    def move(self) -> bool:
        """Let go on what has its answers; whether anything did."""
        return self._bound.behind and self._bound.move()

    def complete(self) -> bool:
        """What waits for a commit goes on, before it. Whether that is all, or some of it waits for answers."""
        while self._bound.press():
            self._bound.pass_on()
            if not self._bound.behind:
                return True
        return False

    def settle(self, offsets: Callable[[], Mapping[str, int]]) -> None:
        """All before these offsets is committed, by topic."""
        if self._bound.lines:
            self._askings.settle(offsets())
            self.closing.settle()

    def rewind(self) -> None:
        """What was done since the last commit is undone, and is done again."""
        self._askings.rewind()
        self.closing.rewind()

    def close(self) -> None:
        """Nobody waits any more."""
        self._askings.close()

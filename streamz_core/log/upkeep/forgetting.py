"""Commit segments that nobody needs: checkpoints lie behind them, and no records in them are read. And their copies."""

from __future__ import annotations

from streamz_core.log.chain.layout import segments
from streamz_core.log.chain.lookup import placed
from streamz_core.log.checkpoints import finding
from streamz_core.log.log import Log


class Forgetting:
    """Of a handle that watches everything."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._asked: tuple[int, ...] = ()  # what told it last
        self._first = 0  # the oldest segment that is needed by one who opens the log

    def paths(self) -> list[str]:
        """Those that may go when the state they are chosen by cannot be taken back, the oldest first."""
        log = self._log
        numbers = segments(log.env, log.layout)
        free = self._free(numbers) if len(numbers) > 1 else []
        return [log.layout.segment(number) for number in free] + self._copies(numbers[len(free)])

    def _free(self, numbers: list[int]) -> list[int]:
        log = self._log
        self._look()
        used = {number for incarnation, number in log.index.used() if not incarnation}
        found = []
        for number in numbers:
            if number >= self._first or number in used:
                break  # one that is left makes those behind it stay: they are read in their order
            found.append(number)
        return found

    def _copies(self, first: int) -> list[str]:
        """Copies stay as long as the segment whose records they are; whoever stood still may have written more since."""
        layout = self._log.layout
        names = self._log.env.list(layout.copies)
        return [
            layout.copies_of(int(name)) for name in names if name.isdigit() and int(name) < first
        ]

    def _look(self) -> None:
        """What the checkpoints say that are kept."""
        env, layout, identity = self._log.env, self._log.layout, self._log.identity
        most, carry = self._log.state.lsn, self._log.chain.carry
        asked = (carry, *finding.numbers(env, layout))
        if asked == self._asked:
            return
        needed, enough = finding.kept(env, layout, identity, most, carry)
        begins = [placed(env, layout, identity, one.begin) for one in needed]
        begun = [0 if begin is None else begin.segment for begin in begins]
        self._asked, self._first = asked, min(begun) if enough else 0

"""How many records a task takes in one turn and before it commits, and how many of them one by one."""

from __future__ import annotations

from attrs import define

ALL = 1 << 60
TURN_S = 0.05
"""How long a turn may take: the other tasks wait, and so does the news that the worker goes on."""
GROWTH = 8


@define
class Portion:
    """`taken`: records since the last commit. `most`: how many one commit may have, all there are unless
    one became too large. `suspects`: how many that were undone are still to be run one by one.
    `at_once`: how many one turn has time for, as far as is known of the steps: at first nothing. `closed`: the
    commit comes next, whatever there is.
    """

    taken: int = 0
    most: int = ALL
    suspects: int = 0
    at_once: int = 1
    closed: bool = False

    @property
    def full(self) -> bool:
        """Whether nothing more is taken before a commit."""
        return self.closed or self.taken >= self.most

    def room(self, records: int) -> int:
        """How many of `records` are taken at once."""
        return 1 if self.suspects else min(records, self.most - self.taken)

    def turned(self, records: int, seconds: float) -> None:
        """A turn took so long for so many records."""
        if records:
            more = self.at_once * GROWTH
            fits = int(records * TURN_S / seconds) if seconds > 0 else more
            self.at_once = max(1, min(fits, more, ALL))

    def committed(self) -> None:
        """What was taken did fit: a little more next time."""
        self.taken, self.closed = 0, False
        self.most = min(self.most + self.most // 8 + 1, ALL)

    def suspect(self) -> None:
        """What was taken is undone, and run again one by one."""
        self.taken, self.suspects, self.closed = 0, self.taken, False

    def halve(self) -> None:
        """What was taken is undone, and is done in halves."""
        self.taken, self.most, self.closed = 0, self.taken // 2, False

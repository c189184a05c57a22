"""How many records a task takes before it commits, and how many of them one by one."""

from __future__ import annotations

from attrs import define

ALL = 1 << 60


@define
class Portion:
    """`taken`: records since the last commit. `most`: how many one commit may have, all there are unless
    one became too large. `suspects`: how many that were undone are still to be run one by one.
    """

    taken: int = 0
    most: int = ALL
    suspects: int = 0

    @property
    def full(self) -> bool:
        """Whether nothing more is taken before a commit."""
        return self.taken >= self.most

    def room(self, records: int) -> int:
        """How many of `records` are taken at once."""
        return 1 if self.suspects else min(records, self.most - self.taken)

    def committed(self) -> None:
        """What was taken did fit: a little more next time."""
        self.taken = 0
        self.most = min(self.most + self.most // 8 + 1, ALL)

    def suspect(self) -> None:
        """What was taken is undone, and run again one by one."""
        self.taken, self.suspects = 0, self.taken

    def halve(self) -> None:
        """What was taken is undone, and is done in halves."""
        self.taken, self.most = 0, self.taken // 2

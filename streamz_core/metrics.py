"""Counters in plain integers."""

from __future__ import annotations

from collections import Counter


class Metrics:
    """What one process counted: records dropped, by reason and node."""

    def __init__(self) -> None:
        self.dropped: Counter[tuple[str, str]] = Counter()

    def drop(self, reason: str, node: str) -> None:
        """One record was dropped silently, as Kafka counts in dropped-records-total."""
        self.dropped[reason, node] += 1


class Uncommitted(Metrics):
    """What a task counted since its last commit: it counts for `total` when that is committed, and is gone if it is
    undone, since what is run again counts again.
    """

    def __init__(self, total: Metrics) -> None:
        super().__init__()
        self._total = total

    def mark(self) -> Counter[tuple[str, str]]:
        """What `undo` goes back to."""
        return Counter(self.dropped)

    def undo(self, mark: Counter[tuple[str, str]]) -> None:
        """What was counted since the mark was undone."""
        self.dropped.clear()
        self.dropped.update(mark)

    def settle(self) -> None:
        """It is committed."""
        if self.dropped:
            self._total.dropped.update(self.dropped)
            self.dropped.clear()

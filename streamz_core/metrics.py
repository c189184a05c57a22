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

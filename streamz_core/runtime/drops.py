"""Records that no step took are told of, in one line for many, as Kafka's are by warnings."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from streamz_core.metrics import Metrics

logger = logging.getLogger("streamz.worker")

TELL_S = 10.0
"""So long more of them are collected for the next line."""
LOOK_S = 0.5
"""How often tasks are asked, of which there are many, and which are asked for every commit."""
EXPECTED = frozenset({"duplicate"})
"""Reasons for which a step is there: nobody need be warned."""


class Drops:
    """What a worker dropped. `negative`: how many records have had a negative timestamp so far."""

    def __init__(
        self, metrics: Metrics, negative: Callable[[], int], clock_s: Callable[[], float]
    ) -> None:
        self._metrics = metrics
        self._negative = negative
        self._clock_s = clock_s
        self._told: Counter[tuple[str, str]] = Counter()
        self._total = 0
        self._next_s = self._look_s = 0.0

    def tell(self, *, last: bool = False) -> None:
        """Say what was dropped since it was said before, unless that is a short time ago; `last`: all the same."""
        now_s, total = self._clock_s(), sum(self._metrics.dropped.values())
        if not last and (now_s < self._next_s or (total == self._total and now_s < self._look_s)):
            return
        self._total, self._look_s = total, now_s + LOOK_S
        negative = self._negative()
        now = Counter(
            {
                each: count
                for each, count in self._metrics.dropped.items()
                if each[0] not in EXPECTED
            }
        )
        now["negative timestamp", ""] = negative
        more, self._told = now - self._told, now  # a task that went takes its own with it
        if not more:
            return
        self._next_s = now_s + TELL_S
        each = [
            f"{count} {reason}{f' at {node}' if node else ''}"
            for (reason, node), count in sorted(more.items())
        ]
        logger.warning("records were dropped: %s", ", ".join(each))

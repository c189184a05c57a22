"""Records that go because of their age, their number, or because their only reader has had them."""

from __future__ import annotations

import contextlib

from streamz_core.errors import Misuse
from streamz_core.log.log import Log
from streamz_core.log.records.state import Topic
from streamz_core.log.removing import lose
from streamz_core.log.upkeep.asked import DUE, Asked
from streamz_core.topic_config import TopicConfig

PURGE_S = 30.0  # Kafka: repartition.purge.interval.ms


class Retaining:
    """Raises the starts of partitions. What is not sealed yet goes only if it was consumed."""

    def __init__(self, log: Log, asked: Asked = DUE) -> None:
        self._log = log
        self._asked = asked
        self._purge_s = log.env.monotonic()

    def turn(self) -> bool:
        """Lose what is due; true if something was."""
        log, now_s = self._log, self._log.env.monotonic()
        purge = now_s >= self._purge_s or self._asked.at_once
        if purge:
            self._purge_s = now_s + PURGE_S
        done = False
        for topic in list(log.state.names.values()):
            if not self._asked.wants(topic.id):
                continue
            config = topic.rules
            for partition in range(topic.partitions):
                start = log.state.start(topic.id, partition)
                stop = max(start, self._expired(topic, partition, config))
                if config.purge == "committed" and purge:
                    stop = max(stop, self._consumed(topic, partition))
                if stop > start:
                    with contextlib.suppress(Misuse):  # somebody was first
                        lose(log, topic.id, partition, start, stop, "retention")
                    done = True
        return done

    def _expired(self, topic: Topic, partition: int, config: TopicConfig) -> int:
        """Where what is kept begins, by age and size: whole files go, the oldest first."""
        if not config.deletes:
            return 0
        files = self._log.state.sealed.of(topic.id, partition)
        kept = self._log.index.ranges.get((topic.id, partition))
        size = sum(file.bytes for file in files) + (kept.size if kept else 0)
        stop, now_ms = 0, self._log.env.now_ms()
        # Changelogs of windows go by the time of their rows, when they are compacted. Those that were made before
        # that could be said have this spelling: they are kept.
        by_clock = not (config.key_tail or (topic.owner and "retention_ms" in topic.config))
        for file in files:
            old = by_clock and 0 <= config.retention_ms < now_ms - file.newest_ms
            large = 0 <= config.retention_bytes <= size - file.bytes
            if file.records and not (old or large):
                break
            if old or large:
                stop = file.stop
            size -= file.bytes
        return stop

    def _consumed(self, topic: Topic, partition: int) -> int:
        """Where the app that owns the topic goes on: it never asks again for what is before."""
        return self._log.state.committed(topic.owner, topic.id, partition) or 0

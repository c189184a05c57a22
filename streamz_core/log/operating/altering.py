"""Another config for a topic, and more partitions: what operators ask of a log."""

from __future__ import annotations

from typing import Any

from streamz_core.log.entry import checked
from streamz_core.log.log import Log
from streamz_core.log.records.state import State, Topic
from streamz_core.log.records.topics import AlterTopicRecord


def alter_topic(
    log: Log, name: str, partitions: int, config: dict[str, Any], *, asker: str
) -> Topic:
    """The topic with that config, all of it, and so many partitions; safe on return.

    Nothing is appended if it is so already. `asker` is told to whoever looks later. UnknownTopic; Misuse if it has
    more partitions, or the number is impossible.
    """
    log.refresh()
    checked(AlterTopicRecord(log.topic(name).id, partitions, config, asker))

    def make(_: State) -> AlterTopicRecord | None:
        topic = log.topic(name)
        if (topic.partitions, topic.config) == (partitions, config):
            return None
        return AlterTopicRecord(topic.id, partitions, config, asker)

    done = log.append(make)
    if done is not None:
        log.acknowledge(done.lsn)
    return log.topic(name)

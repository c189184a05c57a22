"""Making and describing topics."""

from __future__ import annotations

from attrs import frozen

from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import check_topic_name
from streamz_core.errors import Misuse
from streamz_core.log.records.state import Topic

PARTITIONS_MAX = 10_000


@frozen
class TopicDescription:
    """`ends`: per partition the offset the next record gets. `config` as it was created."""

    name: str
    partitions: int
    ends: tuple[int, ...]
    config: dict[str, object]


class Admin:
    """What one may do to topics."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def create_topic(self, name: str, partitions: int = 4, *, cleanup: str = "delete") -> Topic:
        """A new topic; Misuse if there is one of that name, or the name or number is impossible."""
        check_topic_name(name)
        if not 1 <= partitions <= PARTITIONS_MAX:
            raise Misuse(f"{name}: {partitions} partitions; 1 to {PARTITIONS_MAX} are possible")
        self._broker.log.refresh()
        if name in self._broker.log.state.names:
            found = self._broker.log.state.names[name]
            raise Misuse(f"topic {name!r} exists already, with {found.partitions} partitions")
        return self._broker.log.create_topic(name, partitions, {"cleanup": cleanup})

    def topics(self) -> list[str]:
        """Names of all topics, sorted."""
        self._broker.log.refresh()
        return sorted(self._broker.log.state.names)

    def describe(self, name: str) -> TopicDescription:
        """One topic; UnknownTopic."""
        topic = self._broker.topic(name)
        ends = tuple(self._broker.log.state.ends[topic.id])
        return TopicDescription(name, topic.partitions, ends, topic.config)

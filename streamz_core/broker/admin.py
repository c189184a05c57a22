"""Making and describing topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from streamz_core.broker.backend import TopicInfo
from streamz_core.broker.checks import named, whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import check_topic_name
from streamz_core.errors import Misuse

PARTITIONS_MAX = 10_000
CLEANUPS = ("delete", "compact")


@frozen
class TopicDescription:
    """`ends`: per partition the offset the next record gets. `config` as it was created."""

    name: str
    partitions: int
    ends: tuple[int, ...]
    config: Mapping[str, Any]


class Admin:
    """What one may do to topics."""

    def __init__(self, broker: Broker) -> None:
        self._backend = broker.backend

    def create_topic(self, name: str, partitions: int = 4, *, cleanup: str = "delete") -> TopicInfo:
        """A new topic; Misuse if there is one of that name, or the name or number is impossible."""
        check_topic_name(name)
        if (
            not 1
            <= whole(f"the number of partitions of {name}", partitions, None)
            <= PARTITIONS_MAX
        ):
            raise Misuse(
                f"{name}: {partitions!r:.40} partitions; 1 to {PARTITIONS_MAX} are possible"
            )
        if cleanup not in CLEANUPS:
            raise Misuse(
                f"{name}: cleanup={cleanup!r:.40}; it can be {' or '.join(map(repr, CLEANUPS))}"
            )
        self._backend.refresh()
        found = self._backend.topics().get(name)
        if found is not None:
            raise Misuse(f"topic {name!r} exists already, with {found.partitions} partitions")
        return self._backend.create_topic(name, partitions, {"cleanup": cleanup})

    def topics(self) -> list[str]:
        """Names of all topics, sorted."""
        self._backend.refresh()
        return sorted(self._backend.topics())

    def describe(self, name: str) -> TopicDescription:
        """One topic; UnknownTopic."""
        self._backend.refresh()
        topic = self._backend.topic(named(name))
        ends = tuple(self._backend.end(name, p) for p in range(topic.partitions))
        return TopicDescription(name, topic.partitions, ends, topic.config)

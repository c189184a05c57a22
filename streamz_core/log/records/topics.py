"""Records about topics."""

from __future__ import annotations

from typing import Any, ClassVar

import msgpack
from attrs import define, evolve

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State, Topic

PARTITIONS_MAX = 10_000  # of one topic: every process keeps its ends


@define
class TopicRecord(Chained):
    """A topic begins. `owner`: the app whose internal topic it is; "" for all others."""

    kind: ClassVar[int] = 2
    name: ClassVar[str] = "TOPIC"
    id: int
    title: str
    partitions: int
    config: dict[str, Any]
    owner: str = ""

    def pack(self) -> bytes:
        body = [self.id, self.title, self.partitions, self.config, self.owner]
        return bytes(msgpack.packb(body))

    def check(self) -> str:
        why = fields.whole("its number", self.id, 1) or fields.text("its name", self.title)
        why = why or fields.whole("its number of partitions", self.partitions, 1, PARTITIONS_MAX)
        why = why or fields.mapping("its config", self.config)
        return why or fields.text("its owner", self.owner)

    def refuse(self, state: State) -> str:
        known = state.names.get(self.title)
        if known is not None:
            return refuse_owner(known, self.owner) or f"topic {self.title} exists"
        return f"topic {self.id} is {state.topics[self.id].name}" if self.id in state.topics else ""

    def apply(self, state: State) -> None:
        topic = self._topic()
        state.topics[topic.id] = state.names[topic.name] = topic
        state.starts[topic.id] = [0] * topic.partitions
        state.ends[topic.id] = [0] * topic.partitions

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        index.made(self._topic())

    def _topic(self) -> Topic:
        return Topic(self.id, self.title, self.partitions, self.config, self.owner)


@define
class AlterTopicRecord(Chained):
    """A topic has another config, and as many partitions or more: new ones are empty. Nothing of what it holds moves.

    `config` is all of it. `asker` is told to whoever looks later.
    """

    kind: ClassVar[int] = 17
    name: ClassVar[str] = "ALTER_TOPIC"
    since: ClassVar[int] = 3
    topic: int
    partitions: int
    config: dict[str, Any]
    asker: str

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.topic, self.partitions, self.config, self.asker]))

    def check(self) -> str:
        why = fields.whole("a topic", self.topic, 1)
        why = why or fields.whole("its number of partitions", self.partitions, 1, PARTITIONS_MAX)
        return (
            why or fields.mapping("its config", self.config) or fields.text("who asked", self.asker)
        )

    def refuse(self, state: State) -> str:
        if not state.has(self.topic, 0):
            return f"no topic {self.topic}"
        known = state.topics[self.topic]
        if self.partitions < known.partitions:
            return (
                f"topic {known.name} has {known.partitions} partitions, and none of them goes away: "
                f"{self.partitions} are fewer"
            )
        return ""

    def apply(self, state: State) -> None:
        topic = evolve(state.topics[self.topic], partitions=self.partitions, config=self.config)
        state.topics[topic.id] = state.names[topic.name] = topic
        for bounds in (state.starts[topic.id], state.ends[topic.id]):
            bounds.extend([0] * (topic.partitions - len(bounds)))
        state.moves += 1

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        index.widened(self.topic, self.partitions)


def refuse_owner(topic: Topic, owner: str) -> str:
    """Why an app may not take the topic for its own internal one; "" if it may, or if nobody asks to."""
    if owner in ("", topic.owner):
        return ""
    whose = f"is an internal topic of app {topic.owner}" if topic.owner else "belongs to no app"
    return (
        f"topic {topic.name} {whose}, and app {owner} would keep its own records in it: "
        "give the app, or the step that the topic is named after, another name"
    )

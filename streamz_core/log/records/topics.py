"""Records about topics."""

from __future__ import annotations

from typing import Any, ClassVar

import msgpack
from attrs import define

from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State, Topic

PARTITIONS_MAX = 10_000  # of one topic: every process keeps its ends
FINGERPRINT_BYTES = 4
DESCRIPTION_BYTES_MAX = 64 << 10
SIDES = ("key", "value")


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


def refuse_owner(topic: Topic, owner: str) -> str:
    """Why an app may not take the topic for its own internal one; "" if it may, or if nobody asks to."""
    if owner in ("", topic.owner):
        return ""
    whose = f"is an internal topic of app {topic.owner}" if topic.owner else "belongs to no app"
    return (
        f"topic {topic.name} {whose}, and app {owner} would keep its own records in it: "
        "give the app, or the step that the topic is named after, another name"
    )


@define
class SchemaRecord(Chained):
    """One side of a topic is written with a schema from now on; what describes it is the codecs' business."""

    kind: ClassVar[int] = 9
    name: ClassVar[str] = "SCHEMA"
    topic: int
    side: str
    fingerprint: bytes
    description: bytes

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.topic, self.side, self.fingerprint, self.description]))

    def check(self) -> str:
        why = fields.whole("a topic", self.topic, 1)
        if not why and self.side not in SIDES:
            why = f"its side is {self.side!r:.40}, and has to be {' or '.join(SIDES)}"
        size = FINGERPRINT_BYTES
        why = why or fields.raw("a fingerprint", self.fingerprint, size, size)
        return why or fields.raw("a description", self.description, 1, DESCRIPTION_BYTES_MAX)

    def refuse(self, state: State) -> str:
        if self.topic not in state.topics:
            return f"no topic {self.topic}"
        known = state.schemas
        if known.described.get(self.fingerprint, self.description) != self.description:
            return (
                f"fingerprint {self.fingerprint.hex()} names another schema on this log: rename the "
                "class or one of its fields"
            )
        written = known.written.get((self.topic, self.side), ())
        return "it is on the chain already" if self.fingerprint in written else ""

    def apply(self, state: State) -> None:
        where, known = (self.topic, self.side), state.schemas
        known.described[self.fingerprint] = self.description
        known.written[where] = (*known.written.get(where, ()), self.fingerprint)

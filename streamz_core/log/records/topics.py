"""Records about topics."""

from __future__ import annotations

from typing import Any, ClassVar

import msgpack
from attrs import define

from streamz_core.log.records.chained import Chained
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State, Topic


@define
class TopicRecord(Chained):
    """A topic begins."""

    kind: ClassVar[int] = 2
    name: ClassVar[str] = "TOPIC"
    id: int
    title: str
    partitions: int
    config: dict[str, Any]

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.id, self.title, self.partitions, self.config]))

    def refuse(self, state: State) -> str:
        return f"topic {self.title} exists" if self.title in state.names else ""

    def apply(self, state: State) -> None:
        topic = self._topic()
        state.topics[topic.id] = state.names[topic.name] = topic
        state.starts[topic.id] = [0] * topic.partitions
        state.ends[topic.id] = [0] * topic.partitions

    def locate(self, index: Index, lsn: int, where: tuple[int, int]) -> None:  # noqa: ARG002
        index.made(self._topic())

    def _topic(self) -> Topic:
        return Topic(self.id, self.title, self.partitions, self.config)

"""From a case to an App, its sources, processors and sinks written by hand: processors are classes that forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamz_core import Processor, ProcessorContext, Record
from tests.conformance.build import EACH, Built, Steps, extractor_of
from tests.conformance.build import ms as milliseconds
from tests.conformance.cases import Case, Spec
from tests.conformance.processors import Records, Timer, processor, timer


class Forwarding(Processor[Any, Any, Any, Any]):
    """Forwards what a function yields, one record after the other, while it runs."""

    def __init__(self, fn: Callable[..., Records], every: Timer | None, stores: list[str]) -> None:
        self.fn = fn
        self.every = every
        self.names = stores

    def init(self, context: ProcessorContext[Any, Any]) -> None:
        super().init(context)
        self.stores = [context.get_state_store(name) for name in self.names]
        if self.every is not None:
            context.schedule(milliseconds(self.every.every_ms), self.tick, **self.every.options)

    def process(self, record: Record[Any, Any]) -> None:
        self.hand_on(self.fn(record, self.context, *self.stores))

    def tick(self, time: int) -> None:
        assert self.every is not None
        self.hand_on(self.every.fn(time, self.context, *self.stores))

    def hand_on(self, records: Records) -> None:
        for made in records:
            self.context.forward(made)


class ByHand(Steps):
    """As Steps; what Kafka's Topology has is added by name."""

    def op_stream(self, node: Spec) -> None:
        self.made[node["id"]] = self.app.topology.add_source(
            node["id"], *node["topics"], key=str, value=self.values, timestamp=extractor_of(node)
        )

    def op_to(self, node: Spec) -> None:
        if "topic" not in node or self.kinds[node["of"]] != "stream":
            super().op_to(node)
            return
        topic = node["topic"]
        self.app.topology.add_sink(f"{node['of']}-to-{topic}", topic, node["of"])
        self.built.outputs.append(topic)

    def op_process(self, node: Spec) -> None:
        fn, every, stores = processor(node["fn"]), timer(node["fn"]), []
        topology, name = self.app.topology, node["id"]
        if "store" in node:
            in_memory = self.kept is not True
            self.app.store(node["store"], key=str, value=self.values, memory=in_memory)
            stores = [node["store"]]
        self.made[name] = topology.add_processor(
            name, lambda: Forwarding(fn, every, stores), node["of"], key=str, value=self.values
        )
        topology.connect_processor_and_state_stores(name, *stores)


def build_by_hand(case: Case) -> Built:
    """As `build`; NotBuilt is not asked for: the case must be one that is built."""
    steps = ByHand(case, object, EACH)
    for node in case.nodes:
        getattr(steps, f"op_{node['op']}")(node)
    return steps.built

"""Programs of topologies written by hand, and of processors that are classes, as in good.py."""

from collections.abc import Mapping, MutableMapping
from typing import assert_type

from attrs import frozen

from streamz_core import App, Processor, ProcessorContext, Punctuation, Record, Topology
from streamz_core.dsl.declared.topics import Store
from streamz_core.dsl.faces.stream import Stream


@frozen
class Click:
    user: str
    url: str


class Urls(Processor[str, Click, str, str]):
    last: MutableMapping[str, str]
    timer: Punctuation

    def init(self, context: ProcessorContext[str, str]) -> None:
        super().init(context)
        self.last = context.get_state_store("last")
        self.timer = context.schedule("10s", self.flush, clock="wall", running=False)

    def process(self, record: Record[str, Click]) -> None:
        assert_type(record.value.url, str)
        assert_type(self.context, ProcessorContext[str, str])
        self.context.forward(record.with_value(record.value.url), "lengths")
        self.timer.schedule("5s", start=record.timestamp)

    def flush(self, time: int) -> None:
        self.context.forward(Record("", "", time))
        self.timer.cancel()
        self.context.commit()


class Lengths(Processor[str, str, int, int]):
    def __init__(self, least: int) -> None:
        self.least = least

    def process(self, record: Record[str, str]) -> None:
        if len(record.value) >= self.least:
            self.context.forward(
                Record(self.context.offset, len(record.value), self.context.stream_time)
            )

    def close(self) -> None:
        self.least = 0


app = App("shop")
topology = app.topology
assert_type(topology, Topology)
last = app.store("last", key=str, value=str)
numbers = app.topic("numbers", key=int, value=int)

clicks = topology.add_source("clicks", "clicks-topic", key=str, value=Click)
assert_type(clicks, Stream[str, Click])
assert_type(topology.add_source("raw", "a", "b", offset_reset="latest"), Stream[bytes, bytes])
assert_type(topology.add_source("keyed", "c", key=str), Stream[str, bytes])
assert_type(topology.add_source("valued", "d", value=int), Stream[bytes, int])
assert_type(
    topology.add_source("described", app.topic("e", key=str, value=Click)), Stream[str, Click]
)
urls = topology.add_processor("urls", Urls, clicks)
assert_type(urls, Stream[str, str])
assert_type(topology.add_processor("by-name", Urls, "clicks", stores=[last]), Stream[str, str])
lengths = topology.add_processor("lengths", lambda: Lengths(3), urls, "by-name", value=int)
assert_type(lengths, Stream[int, int])
topology.add_state_store(last, "urls")
topology.connect_processor_and_state_stores("urls", last, "last")
topology.add_sink("sink", numbers, lengths)
topology.add_sink("chosen", lambda key, value: f"{key}", lengths, with_key=True)
topology.add_sink("spread", "spread", lengths, partitioner=lambda topic, key, value, n: key % n)
assert_type(lengths.filter_not(bool).merge(lengths), Stream[int, int])

users = app.table("users", key=str, value=Click, materialized=True)


class Reading(Processor[str, Click, str, Click]):
    def process(self, record: Record[str, Click]) -> None:
        users: Mapping[str, Click] = self.context.get_state_store("users")
        self.context.forward(record.with_value(users.get(record.key, record.value)))


topology.add_processor("reading", Reading, clicks, stores=[users.store])


class Keeping(Processor[str, int, None, None]):
    def process(self, record: Record[str, int]) -> None:
        self.context.get_state_store("rates")[record.key] = str(record.value)


rates = app.store("rates", key=str, value=str)
view = topology.add_global_store(rates, "s1", "rates-topic", "keeping", Keeping, key=str, value=int)
assert_type(view, Store[Mapping[str, str]])
copy = app.store("copy", key=str, value=str)
aside = topology.add_read_only_state_store(
    copy,
    "s2",
    app.topic("copied", key=str, value=int),
    "copying",
    Keeping,
    timestamp=lambda one, _: 0,
)
assert_type(aside, Store[Mapping[str, str]])


@urls.map_values(stores=[view, aside])
def rated(url: str, rates: Mapping[str, str], copy: Mapping[str, str]) -> str:
    return rates.get(url, "")

"""Whatever is asked of a handle, and however wrongly: the log can be opened and read to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import StreamzError
from streamz_core.log.log import Log
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord, Range
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord, ReleaseRecord
from streamz_core.log.records.removal import CAUSES, LostRecord, ResetRecord
from streamz_core.log.records.schemas import SchemaRecord
from streamz_core.log.records.topics import TopicRecord
from streamz_core.log.removing import lose, reset
from streamz_core.log.segments import batch as batches
from streamz_core.log.values import Output, TaskCommit
from streamz_core.record import Batch

ME = b"12345678"
GARBAGE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [None, True, -1, 1 << 32, 1 << 63, 1 << 64, 1 << 200, 1.5, float("nan"), "", "x" * 2000]
    ),
    st.sampled_from(
        [b"", b"\xff" * 9, "\ud800", "\x00", object(), [], {}, (), [[]], {1: 2}, ["a"]]
    ),
    st.integers(),
    st.binary(max_size=9),
)


def deep(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Right nine times out of ten: garbage alone is refused by the first check."""
    return st.integers(0, 9).flatmap(lambda die: GARBAGE if die == 9 else good)


TOPIC, PARTITION = mostly(st.integers(1, 2)), mostly(st.integers(0, 1))
OFFSET = mostly(st.integers(0, 5))
NAME = mostly(st.sampled_from(["t", "u", "g-internal"]))
GROUP = mostly(st.sampled_from(["g", "h"]))
TASK = mostly(st.sampled_from(["", "s/0"]))
SIDE = mostly(st.sampled_from(["key", "value"]))
FINGERPRINT = mostly(st.sampled_from([b"aaaa", b"bbbb"]))
DESCRIPTION = mostly(st.sampled_from([b"one", b"two"]))
SCHEMA = st.tuples(FINGERPRINT, DESCRIPTION)
TOLD = mostly(st.lists(SCHEMA, max_size=2))
SCHEMAS = st.dictionaries(st.sampled_from([b"aaaa", b"bbbb", b"a"]), DESCRIPTION, max_size=2)
USES = mostly(st.lists(st.tuples(TOPIC, SIDE, FINGERPRINT), max_size=2))
CONFIG = mostly(st.just({"cleanup": "delete"}))
WHO = mostly(st.just(ME))
EPOCH = mostly(st.integers(1, 3))
COUNT = mostly(st.integers(1, 3))
WHOLE = batches.encode(Batch(0, [b"k", None], [b"v", b"w" * 5000], [1, 2]))
DATA = mostly(st.sampled_from([WHOLE, WHOLE, bytes(WHOLE), bytes(WHOLE)[:-1], b"\x00\x90"]))
ROWS = st.lists(mostly(st.lists(GARBAGE, max_size=7)), max_size=2)
MOVES = mostly(st.lists(st.tuples(TOPIC, PARTITION, OFFSET, OFFSET), max_size=2))
POSITION = mostly(st.dictionaries(st.just("at"), GARBAGE, max_size=1))
TASKS = mostly(st.lists(st.builds(TaskCommit, GROUP, TASK, EPOCH, MOVES, POSITION), max_size=2))
OUTPUT = st.builds(Output, TOPIC, PARTITION, mostly(st.just(2)), DATA)
OUTPUTS = mostly(st.lists(OUTPUT, max_size=2))
RANGE = st.builds(Range, TOPIC, PARTITION, COUNT, *[mostly(st.just(0))] * 4)
OFFSETS = mostly(
    st.dictionaries(st.tuples(st.integers(1, 3), st.integers(0, 1)), OFFSET, max_size=2)
)
RECORD: st.SearchStrategy[Any] = st.one_of(
    st.builds(TopicRecord, TOPIC, NAME, COUNT, CONFIG, GROUP),
    st.builds(MemberRecord, WHO, NAME, mostly(st.just(["t"])), GROUP, CONFIG),
    st.builds(LeaveRecord, WHO),
    st.builds(GenerationRecord, GROUP, EPOCH, mostly(st.dictionaries(st.just("s/0"), WHO))),
    st.builds(OwnerRecord, GROUP, TASK, WHO, EPOCH),
    st.builds(ReleaseRecord, GROUP, TASK, WHO),
    st.builds(CommitRecord, WHO, ROWS, ROWS),
    st.builds(SchemaRecord, TOLD, USES),
    st.builds(LostRecord, TOPIC, PARTITION, OFFSET, OFFSET, COUNT, mostly(st.sampled_from(CAUSES))),
    st.builds(ResetRecord, GROUP, ROWS, mostly(st.lists(TOPIC, max_size=2)), NAME),
    GARBAGE,
)
Call = Callable[[Log], object]


class Interrupt(BaseException):
    """As from a signal, in the middle of a call."""


def raising(_: object) -> Chained:
    raise Interrupt


def calls() -> st.SearchStrategy[Call]:
    def call(run: Callable[..., object], *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
        return st.tuples(*given).map(lambda each: lambda log: run(log, *each))

    return st.one_of(
        call(Log.create_topic, NAME, COUNT, CONFIG, mostly(st.sampled_from(["", "g"]))),
        call(Log.commit, TASKS, OUTPUTS),
        call(lambda log, outputs: log.commit([], outputs), st.lists(OUTPUT, max_size=2)),
        call(Log.append, RECORD.map(lambda record: lambda _: record)),
        call(Log.register, SCHEMAS, USES),
        call(lose, TOPIC, PARTITION, OFFSET, OFFSET, mostly(st.sampled_from(CAUSES))),
        call(
            lambda log, *given: reset(log, *given, asker="me"),
            GROUP,
            OFFSETS,
            mostly(st.lists(TOPIC, max_size=2)),
        ),
        call(Log.join, mostly(st.just(["t"])), GROUP, CONFIG),
        call(Log.leave, WHO),
        call(Log.acknowledge, mostly(st.integers(0, 5))),
        call(Log.watch, mostly(st.just(["t"]))),
        call(Log.fetch, TOPIC, PARTITION, OFFSET),
        st.just(lambda log: log.create_topic("deep", 1, {"deep": deep(600)})),
        st.just(lambda log: log.append(raising)),
        st.just(Log.close),
    )


def everything(log: Log) -> Iterator[tuple[str, int, int, Batch]]:
    """Each batch of each topic, from its start to its end."""
    log.watch(list(log.state.names))
    for topic in log.state.names.values():
        for partition in range(topic.partitions):
            offset = log.state.start(topic.id, partition)
            while offset < log.state.end(topic.id, partition):
                for batch in log.fetch(topic.id, partition, offset):
                    yield topic.name, partition, offset, batch
                    offset = batch.base_offset + len(batch)


@settings(max_examples=300, deadline=None)
@given(st.lists(calls(), min_size=5, max_size=30), st.sampled_from(["power", "process"]))
def test_no_misuse_makes_a_log_that_cannot_be_read(wrong: list[Call], level: str) -> None:
    machine = MemoryMachine()
    log = Log.open(machine.process(), "/log", level=level, watch=["t"])
    log.create_topic("t", 2, {})
    log.create_topic("g-internal", 1, {}, "g")
    for topic in (1, 1, 2):
        log.commit([], [Output(topic, 0, 2, WHOLE)])
    for call in wrong:
        try:
            call(log)
        except (Interrupt, StreamzError, TypeError, ValueError, AttributeError):
            broken = log.guard.broken
            if broken or log.guard._closed:
                assert broken in ("", "Interrupt()"), "a wrong call ends no handle"
                log = Log.open(machine.process(), "/log")
    again = Log.open(machine.process(), "/log")
    told = list(everything(again))
    assert all(isinstance(each, (bytes, type(None))) for *_, batch in told for each in batch.values)
    assert len({name for name, *_ in told}) <= len(again.state.names)

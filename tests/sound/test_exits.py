"""What a step gives is checked where it leaves the step; a good record never pays for a bad one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.dsl.declared.windows import hopping, tumbling
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record
from streamz_core.testing.driver import AppTest

Taken = Record[str, str]
Made = Record[Any, Any]
LARGE = "x" * (1 << 20)
LONG_KEY = "k" * ((64 << 10) + 1)


def processing(make: Callable[[Taken], Any]) -> App:
    """in -> what `make` gives of the records "bad" -> out."""
    app = App("a")

    def step(record: Taken, _: Context) -> Iterator[Any]:
        yield make(record) if record.value == "bad" else record

    app.stream("in", key=str, value=str).process(step, key=str, value=str).to("out")
    return app


def mapping(make: Callable[[str], Any], **typed: Any) -> App:
    app = App("a")

    def step(value: str) -> Any:
        return make(value) if value == "bad" else value

    app.stream("in", key=str, value=str).map_values(step, value=str, **typed).to("out")
    return app


def rekeying(key: Any) -> App:
    app = App("a")

    def step(value: str) -> Any:
        return key if value == "bad" else value

    app.stream("in", key=str, value=str).select_key(step, key=str).to("out")
    return app


def timing(make: Callable[[Taken], Any], window: Any = None) -> App:
    app = App("a")

    def step(record: Taken, _: int) -> Any:
        return make(record) if record.value == "bad" else record.timestamp

    stream = app.stream("in", key=str, value=str, timestamp=step)
    if window is not None:
        stream.group_by_key().window(window).count(name="counts")
    stream.to("out")
    return app


def storing(write: Callable[[Any], None]) -> App:
    app = App("a")
    kept = app.store("kept", key=str, value=str)

    def step(value: str, kept: Any) -> str:
        if value == "bad":
            write(kept)
        return value

    app.stream("in", key=str, value=str).map_values(step, store=kept, value=str).to("out")
    return app


def folding(make: Any) -> App:
    app = App("a")

    def step(total: str, value: str) -> Any:
        return make if value == "bad" else total

    grouped = app.stream("in", key=str, value=str).group_by_key()
    table = grouped.aggregate(step, initial=lambda: "good", name="step", value=str)
    table.to("out")
    return app


def choosing(topic: Any) -> App:
    app = App("a")
    app.topic("out", key=str, value=str)

    def step(value: str) -> Any:
        return topic if value == "bad" else "out"

    app.stream("in", key=str, value=str).to(step)
    app.stream("other", key=str, value=str).to("out")
    return app


def flattening(make: Any) -> App:
    app = App("a")

    def step(value: str) -> Any:
        return make if value == "bad" else [(value, value)]

    app.stream("in", key=str, value=str).flat_map(step, key=str, value=str).to("out")
    return app


BAD: dict[str, App] = {
    # headers
    "headers are a number": processing(lambda r: Record(r.key, r.value, r.timestamp, 5)),  # type: ignore[arg-type]
    "headers of three": processing(lambda r: r.with_headers([("a", b"b", b"c")])),  # type: ignore[list-item]
    "a header of a number": processing(lambda r: r.with_headers({"a": 1})),  # type: ignore[dict-item]
    "a name of bytes": processing(lambda r: r.with_headers([(b"a", b"b")])),  # type: ignore[list-item]
    "headers of text": processing(lambda r: r.with_headers("trace")),  # type: ignore[arg-type]
    "a lone surrogate": processing(lambda r: r.with_headers({"\ud800": b""})),
    "a list of names": processing(lambda r: Record(r.key, r.value, 0, ["a", "b"])),  # type: ignore[arg-type]
    # numbers at the border
    "a float": processing(lambda r: r.with_timestamp(1e12)),  # type: ignore[arg-type]
    "a time before all": processing(lambda r: r.with_timestamp(-5)),
    "a time that does not fit": processing(lambda r: r.with_timestamp(2**64)),
    "true": processing(lambda r: r.with_timestamp(True)),
    "no time": processing(lambda r: Record(r.key, r.value, None)),  # type: ignore[arg-type]
    "text for a time": processing(lambda r: r.with_timestamp("now")),  # type: ignore[arg-type]
    "an extracted float": timing(lambda r: r.timestamp / 2),
    "an extracted time that does not fit": timing(lambda r: 2**63, tumbling("1m")),
    "an extracted None": timing(lambda r: None),
    "an extracted bool": timing(lambda r: True, hopping("1m", advance="10s")),
    "an extractor that fails": timing(lambda r: 1 // 0),
    # no record
    "the value": processing(lambda r: r.value),
    "a pair": processing(lambda r: (r.key, r.value)),
    "None": processing(lambda r: None),
    "a record in a list": processing(lambda r: [r]),
    "the class": processing(lambda r: Record),
    # types
    "another type": mapping(lambda v: 5),
    "bytes for text": mapping(lambda v: b"text"),
    "text that is none": mapping(lambda v: "\ud800"),
    "a key of another type": rekeying(5),
    "a record with another value": processing(lambda r: r.with_value(3.5)),
    "a record with another key": processing(lambda r: r.with_key(["k"])),
    "a key to a store": storing(lambda kept: kept.update({5: "x"})),
    "a value to a store": storing(lambda kept: kept.update(a=5)),
    "None as a key to a store": storing(lambda kept: kept.update({None: "x"})),
    "an accumulator": folding(7),
    "no pair": flattening([5]),
    "nothing to go through": flattening(5),
    # sizes
    "a large value": mapping(lambda v: LARGE),
    "a long key": rekeying(LONG_KEY),
    "a large header": processing(lambda r: r.with_headers({"a": LARGE})),
    "a large row": storing(lambda kept: kept.update(a=LARGE)),
    "a long key to a store": storing(lambda kept: kept.update({LONG_KEY: "x"})),
    "a large accumulator": folding(LARGE),
    # topics
    "a topic that is not there": choosing("nowhere"),
    "no topic": choosing(None),
    "a number for a topic": choosing(3),
    "a list for a topic": choosing(["out"]),
}


def feed(t: AppTest) -> None:
    for number, value in enumerate(["a", "b", "bad", "c", "bad", "d"]):
        t.topic("in").send("k", value, timestamp=1000 + number, run=False)


def keys_and_values(t: AppTest) -> list[Any]:
    return [(record.key, record.value) for record in t.topic("out").records()]


@pytest.mark.parametrize("case", BAD)
def test_it_stops_there_and_says_where_and_what_came_before_is_done(case: str) -> None:
    with BAD[case].test() as t:
        feed(t)
        with pytest.raises(Exception) as raised:
            t.run()
        where, *advice, way_out = raised.value.__notes__
        assert len(advice) == (case == "nothing to go through")
        assert where.startswith("at in[0]@2 key='k'")
        assert "node=" in where or "extract" in case
        assert "processing.exception.handler=continue" in way_out
        assert "struct" not in type(raised.value).__name__
        assert len(t.topic("out").records()) == 2, "the good ones before it"
        with pytest.raises(type(raised.value)):
            t.run()
        assert len(t.topic("out").records()) == 2


@pytest.mark.parametrize("case", BAD)
def test_it_is_skipped_and_the_others_are_as_if_it_had_not_been(case: str) -> None:
    with BAD[case].test(processing_exception_handler="continue") as t:
        feed(t)
        t.run()
        assert t.dropped()["error"] == 2
        assert len(t.topic("out").records()) == 4
        assert all(None not in pair for pair in keys_and_values(t))


def test_what_is_right_at_the_border() -> None:
    most = "k" * (64 << 10)
    app = processing(lambda r: r.with_timestamp(2**63 - 1).with_headers({"ä": "ö", "n": None}))
    with app.test() as t:
        t.topic("in").send("k", "bad")
        (record,) = t.topic("out").records()
        assert record.timestamp == 2**63 - 1
        assert record.headers == (("ä", "ö".encode()), ("n", None))
    with rekeying(most).test() as t:
        t.topic("in").send("k", "bad")
        assert t.topic("out").records()[0].key == most
    with timing(lambda r: -7).test() as t:
        t.topic("in").send("k", "bad")
        assert t.dropped() == {"negative timestamp": 1}


@pytest.mark.parametrize("window", [tumbling("1m"), hopping("1h", advance="1m", grace="1d"), None])
def test_the_last_time_there_is_harms_no_step(window: Any) -> None:
    with timing(lambda r: 2**63 - 1, window).test() as t:
        feed(t)
        t.run()
        assert len(t.topic("out").records()) == 6
        t.crash()
        t.restart()
        feed(t)
        t.run()
        assert len(t.topic("out").records()) == 12


def test_results_that_fit_into_no_commit() -> None:
    app = App("a")

    def step(value: str) -> Iterator[str]:
        yield from [value] * (200 if value == "bad" else 1)

    app.stream("in", key=str, value=str).flat_map_values(step, value=str).to("out")
    with app.test(log_commit_bytes=4096, processing_exception_handler="continue") as t:
        for value in ("a", "bad", "b"):
            t.topic("in").send("k", value, headers=(("h", b"x" * 100),), run=False)
        t.run()
        assert [value for _, value in keys_and_values(t)] == ["a", "b"]
        assert t.dropped()["error"] == 1

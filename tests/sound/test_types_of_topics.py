"""A topic remembers what it is: other types are refused, whoever brings them, by names and with a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from streamz_core import App
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.producer import Producer
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import BYTES, FLOAT, INT, STR
from streamz_core.errors import CodecError, Misuse, TopologyError
from streamz_core.runtime.job import Job
from tests.cli.terminal import streamz
from tests.runtime.conftest import House

OTHERS: list[Codec[Any]] = [INT, FLOAT]


@frozen
class Click:
    user: str


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


def shop(home: str, value: Any = str, *, key: Any = str, name: str = "shop") -> App:
    """An app that reads `texts` and writes `copies`."""
    made = App(name, home=home, durability="process", log_free_bytes=0, topic_partitions=1)
    texts = made.topic("texts", key=key, value=value, partitions=1)
    made.stream(texts).to("copies")
    return made


def producer(home: str, key: Codec[Any] = STR, value: Codec[Any] = STR) -> Producer[Any, Any]:
    return Producer(shop(home).broker(), key=key, value=value, owns_broker=True)


def values(home: str, topic: str = "texts") -> list[Any]:
    with shop(home).consumer(topic) as consumer:
        found: list[Any] = []
        while not consumer.at_end():
            found += consumer.poll(1.0)
    return [record.value for record in found]


# ---- a topic that was written


@pytest.fixture
def written(home: str) -> str:
    """A home whose topic `texts` holds a text."""
    with shop(home).producer("texts") as sender:
        sender.send("texts", "x", key="k")
    return home


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_a_producer_made_by_hand_keeps_to_the_type_of_the_topic(
    written: str, other: Codec[Any]
) -> None:
    with (
        producer(written, value=other) as sender,
        pytest.raises(
            Misuse, match=f"the values of texts: .* as str so far, here as {other.name}; .*"
        ),
    ):
        sender.send("texts", 1, key="k")
    with (
        producer(written, key=other) as sender,
        pytest.raises(
            Misuse, match=f"the keys of texts: .* as str so far, here as {other.name}; .*"
        ),
    ):
        sender.send("texts", "x", key=1)
    assert values(written) == ["x"]


def test_a_class_and_a_text_do_not_go_into_one_topic(written: str) -> None:
    with (
        pytest.raises(Misuse, match=r"the values of texts: written as str so far, here as Click; "),
        shop(written, Click).producer("texts") as sender,
    ):
        sender.send("texts", Click("a"), key="k")
    with pytest.raises(Misuse, match=r"the values of texts: written as str, read as Click; "):
        shop(written, Click, name="two").run(until="end")


def test_another_app_with_another_type_is_refused_before_its_first_record(written: str) -> None:
    for value, key in ((int, str), (str, int), (list[str], str)):
        with pytest.raises(
            Misuse, match=r"of texts: .*written as str, .*; read and write them as that"
        ):
            shop(written, value, key=key, name="two").run(until="end")
    shop(written, name="two").run(until="end")


def test_a_consumer_is_refused_when_it_is_made(written: str) -> None:
    for key, value, side in ((STR, INT, "values"), (INT, STR, "keys")):
        with (
            shop(written).broker() as broker,
            pytest.raises(Misuse, match=f"the {side} of texts: written as str"),
        ):
            Consumer(broker, ["texts"], key=key, value=value)
    with (
        shop(written).broker() as broker,
        Consumer(broker, ["texts"], key=BYTES, value=BYTES) as raw,
    ):
        assert [record.value for record in raw.poll(5.0)] == [b"x"]


def test_json_is_text_and_text_may_be_json(home: str) -> None:
    with producer(home, value=STR) as sender:
        shop(home).producer("texts").close()
        sender.send("texts", '{"a": 1}', key="k")
        sender.flush()
        with producer(home, value=JSON) as other:
            other.send("texts", {"a": 2}, key="k")
    assert values(home) == ['{"a": 1}', '{"a":2}']


def test_bytes_go_with_every_type_since_they_are_of_none(written: str) -> None:
    with producer(written, key=BYTES, value=BYTES) as raw:
        raw.send("texts", b"y", key=b"k")
    assert values(written) == ["x", "y"]


def test_keys_and_values_given_to_the_producer_of_an_app_are_not_passed_over(written: str) -> None:
    with pytest.raises(Misuse, match=r"values of texts: app shop has them as str, .* int"):
        shop(written).producer("texts", value=INT)
    other = App("other", home=written, durability="process", log_free_bytes=0)
    with (
        other.producer("texts", value=INT) as sender,
        pytest.raises(Misuse, match="the values of texts: written as str so far, here as int"),
    ):
        sender.send("texts", 5, key="k")


@pytest.mark.parametrize("said", [{"value": float}, {"value": Click}, {"key": int}, {"key": FLOAT}])
def test_a_producer_of_an_app_keeps_to_what_the_app_says_of_an_empty_topic(
    home: str, said: dict[str, Any]
) -> None:
    for topic in ("texts", "copies"):
        with pytest.raises(
            Misuse, match=f"s of {topic}: app shop has them as str, here they are (float|Click|int)"
        ):
            shop(home).producer(topic, **said)
    other = shop(home)
    other.topic("described", key=str, value=str)
    with pytest.raises(Misuse, match="s of described: app shop has them as str, here they are"):
        other.producer("described", **said)
    shop(home).run(until="end")


def test_a_producer_may_say_what_the_app_reads_as_well(home: str) -> None:
    with shop(home).producer("texts", key=bytes, value=JSON) as sender:
        sender.send("texts", {"a": 1}, key=b"k")
    shop(home).run(until="end")
    assert values(home, "copies") == ['{"a":1}']


# ---- a topic of which only a program knows the type


@pytest.fixture
def classes(home: str) -> str:
    """A home whose topic `texts` holds a value of a class."""
    with shop(home, Click).producer("texts") as sender:
        sender.send("texts", Click("a"), key="k")
    return home


def another(home: str) -> App:
    return App("other", home=home, durability="process", log_free_bytes=0, topic_partitions=1)


def raw(home: str) -> list[Any]:
    with another(home).consumer("texts", key=bytes, value=bytes) as consumer:
        return [record.value for record in consumer.poll(5.0)]


def test_what_is_said_of_a_side_needs_no_word_of_anybody_else(classes: str) -> None:
    with another(classes).producer("texts", key=str, value=bytes) as sender:
        sender.send("texts", b"x", key="k")
    with another(classes).producer("texts", value=bytes) as sender:  # its keys are as was told
        sender.send("texts", b"y", key="k")
    with another(classes).producer("texts", key=bytes, value=Click) as sender:
        sender.send("texts", Click("b"), key=b"k")
    assert raw(classes)[1:3] == [b"x", b"y"]
    assert len(raw(classes)) == 4


def test_a_topic_without_types_is_bytes_to_producers_as_it_is_in_a_source(classes: str) -> None:
    made = another(classes)
    made.topic("texts")
    with made.producer("texts") as sender:
        with pytest.raises(CodecError, match="expected bytes, got str"):
            sender.send("texts", "x", key=b"k")
        sender.send("texts", b"x", key=b"k")
    assert raw(classes)[1:] == [b"x"]


def test_a_topic_of_which_one_side_is_said_has_bytes_on_the_other(home: str) -> None:
    made = another(home)
    made.topic("ints", value=int, partitions=1)
    with made.producer("ints") as sender:
        sender.send("ints", 5, key=b"k")
    with made.consumer("ints") as consumer:
        assert [(each.key, each.value) for each in consumer.poll(5.0)] == [(b"k", 5)]


def test_a_class_that_nobody_here_knows_is_refused_with_the_ways_out(classes: str) -> None:
    for said in ({}, {"key": bytes}):
        with pytest.raises(
            Misuse,
            match=r"texts are Click, which only a program can write: .* \(key=bytes, value=bytes\)",
        ):
            another(classes).producer("texts", **said)


def test_a_first_record_of_another_type_tells_nothing(home: str) -> None:
    shop(home).producer("texts").close()
    with producer(home, value=INT) as sender:
        with pytest.raises(CodecError) as caught:
            sender.send("texts", "no int", key="k")
        assert "it was not taken" in str(caught.value.__notes__)
    with producer(home) as sender:
        sender.send("texts", "x", key="k")
    assert values(home) == ["x"]


def test_topics_that_an_app_does_not_name_are_written_as_they_were(written: str) -> None:
    other = App("other", home=written, durability="process", log_free_bytes=0)
    other.topic("ints", key=str, value=int, partitions=1)
    with other.producer("ints") as sender:
        with pytest.raises(CodecError, match="expected str, got int"):
            sender.send("texts", 5, key="k")
        sender.send("texts", "y", key="k")
    assert values(written) == ["x", "y"]


# ---- a topic that is read


def test_what_an_app_reads_is_kept_to_though_nobody_wrote_yet(home: str) -> None:
    shop(home).run(until="end")
    with (
        producer(home, value=INT) as sender,
        pytest.raises(
            Misuse, match="the values of texts: app shop reads them as str, here they are int"
        ),
    ):
        sender.send("texts", 5, key="k")
    with pytest.raises(Misuse, match=r"app shop reads them as str, .*streamz reset APP"):
        shop(home, int, name="two").run(until="end")
    with producer(home) as sender:
        sender.send("texts", "x", key="k")
    assert values(home) == ["x"]


def test_an_app_may_change_its_mind_as_long_as_nobody_wrote(home: str) -> None:
    made = App("shop", home=home, durability="process", log_free_bytes=0)
    made.stream(made.topic("texts", key=str, value=int, partitions=1)).foreach(print)
    made.run(until="end")
    again = App("shop", home=home, durability="process", log_free_bytes=0)
    again.stream(again.topic("texts", key=str, value=str)).foreach(print)
    with again.producer("texts") as sender:
        sender.send("texts", "x", key="k")
    again.run(until="end")
    with pytest.raises(Misuse, match="the values of texts: written as str, read as int"):
        made.run(until="end")


def test_an_app_that_was_reset_reads_nothing(home: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from streamz_core import App\n"
        f"app = App('old', home={home!r}, durability='process', topic_partitions=1)\n"
        "app.stream('texts', key=str, value=int).foreach(print)\n"
    )
    assert streamz("run", "app.py", "-q", "--until", "end", cwd=tmp_path).code == 0
    assert streamz("reset", "app.py", "--execute", cwd=tmp_path).code == 0
    with producer(home) as sender:
        sender.send("texts", "x", key="k")
    assert values(home) == ["x"]


# ---- the command line


def test_produce_writes_what_the_topic_is(home: str, tmp_path: Path) -> None:
    ints = App("ints", home=home, durability="process", log_free_bytes=0)
    ints.topic("ints", key=int, value=dict[str, int], partitions=1)
    with ints.producer("ints") as sender:
        sender.send("ints", {"a": 1}, key=7)
    place = ("--home", home)
    done = streamz(
        "topics", "produce", "ints", "-K", ":", *place, cwd=tmp_path, stdin='8:{"b":2}\n'
    )
    assert done.code == 0, done.err
    done = streamz("topics", "produce", "ints", *place, cwd=tmp_path, stdin="text\n")
    assert done.code == 1
    assert "line 1" in done.err
    shown = streamz("topics", "consume", "ints", "-e", "-K", ":", *place, cwd=tmp_path)
    assert shown.out == '7:{"a":1}\n8:{"b":2}\n'


def test_produce_says_that_a_class_takes_the_app(home: str, tmp_path: Path) -> None:
    with shop(home, Click).producer("texts") as sender:
        sender.send("texts", Click("a"), key="k")
    done = streamz("topics", "produce", "texts", "--home", home, cwd=tmp_path, stdin="x\n")
    assert done.code == 2
    assert "the values of texts are Click, which only a program can write" in done.err
    assert "--app APP" in done.err
    assert "Traceback" not in done.err


# ---- topics of which nothing is left


def test_what_an_app_writes_to_an_empty_topic_may_change(home: str) -> None:
    for value in (str, int):
        made = App("shop", home=home, durability="process", log_free_bytes=0, topic_partitions=1)
        lines = made.stream("lines", key=str, value=str)
        lines.map_values(value, value=value).to("results")
        made.run(until="end")
    with made.producer("lines") as sender:
        sender.send("lines", "5", key="k")
    made.run(until="end")
    assert values(home, "results") == [5]
    again = App("shop", home=home, durability="process", log_free_bytes=0)
    again.stream("lines", key=str, value=str).to("results")
    with pytest.raises(Misuse, match="the values of results: written as int so far, here as str"):
        again.run(until="end")


def hopping_app(value: Any) -> Job:
    """An app whose hop carries values of that type, in front of a count that does not look at them."""
    app = App("shop", home="/nowhere", durability="process")
    lines = app.stream("lines", key=str, value=str)
    turned = lines.map_values(value, value=value)
    turned.group_by(str, key=str, name="hop").count(name="seen")
    return app.job({"log_free_bytes": 0, "topic_partitions": 1})


def test_what_a_hop_carries_may_change_when_nothing_is_left_in_it() -> None:
    before = House(hopping_app(int))
    worker = before.worker()
    before.send("lines", ("k", "5", 0))
    worker.run(lambda: worker.finished)
    before.workers.clear()
    after = House(hopping_app(float), machine=before.machine)
    worker = after.worker()
    after.send("lines", ("k", "1.5", 1))
    worker.run(lambda: worker.finished)
    after.workers.clear()
    hop = "shop-hop-repartition"
    assert after.backend.written_as(hop, "value") == [FLOAT.schema]
    after.send(hop, ("k", "12345678", 2))
    with pytest.raises(Misuse, match=f"the values of {hop}: .*float.* int; let the app of before"):
        House(hopping_app(int), machine=before.machine).worker()
    House(hopping_app(float), machine=before.machine).worker()


# ---- what steps of one app say of one topic


def steps(**of: Any) -> Any:
    """in (str: int), and a function on a stream of it."""
    app = App("steps")
    return app, app.stream(app.topic("in", key=str, value=int))


def texts(number: int) -> str:
    return str(number)


def test_a_sink_of_another_type_than_its_topic_is_refused_when_the_app_is_built() -> None:
    for topic in ({"value": str}, {"key": int}, {"value": list[int]}):
        app, numbers = steps()
        numbers.to(app.topic("out", **{"key": str, "value": int, **topic}))
        with pytest.raises(TopologyError, match=r"in\.to: the (key|value) of in is (str|int), and"):
            app.build()
    app, numbers = steps()
    app.topic("out", key=str, value=str)
    numbers.to("out")  # by its name, too
    with pytest.raises(TopologyError, match="the value of in is int"):
        app.build()
    app, numbers = steps()
    numbers.to("out", value=bytes)
    with pytest.raises(TopologyError, match="it would be written as bytes"):
        app.build()


def test_types_that_may_meet_and_sides_of_which_nobody_spoke_are_not_refused() -> None:
    app, numbers = steps()
    numbers.to(app.topic("floats", key=str, value=float))
    numbers.to(app.topic("either", key=str, value=int | str))
    numbers.map_values(lambda number: f"{number}").to(app.topic("untyped", key=str, value=str))
    app.stream("raw").to(app.topic("nulls", key=str, value=str))  # its keys may all be null
    app.build()


def test_what_a_step_says_and_its_function_gives_are_one_type() -> None:
    app, numbers = steps()
    numbers.map_values(texts, value=float, name="halves")
    with pytest.raises(TopologyError, match="halves: value= is float, and its function gives str"):
        app.build()
    app, numbers = steps()
    numbers.map_values(texts, value=str | bytes, name="wider")
    app.build()


def test_a_topic_that_the_app_writes_is_read_as_it_is_written() -> None:
    for read in ("stream", "table", "global_table"):
        app, numbers = steps()
        numbers.to("out")
        getattr(app, read)("out", key=str, value=str)
        with pytest.raises(
            TopologyError, match="the values of out: app steps has them as str, here"
        ):
            app.job()
    app, numbers = steps()
    numbers.to("out")
    app.stream("out", key=str, value=int)
    app.job()


def test_two_steps_write_a_topic_in_one_form() -> None:
    app, numbers = steps()
    numbers.to("out")
    numbers.map_values(texts).to("out")
    with pytest.raises(TopologyError, match="the values of out: app steps has them as int, here"):
        app.job()

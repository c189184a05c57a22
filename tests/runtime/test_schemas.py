"""An app whose classes, keys, stores or windows changed, on the log of the one before."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from streamz_core import App, tumbling
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.plain import STR
from streamz_core.errors import Misuse
from streamz_core.runtime.job import Job
from streamz_core.runtime.schemas import tell_schemas
from streamz_core.runtime.topics import topic_codecs
from tests.codecs.versions import by_attrs
from tests.runtime.conftest import House

CLICK = by_attrs("Click", user=str, n=int)


def job(value: Any = CLICK, *, key: Any = str, total: Any = int, size: str | None = None) -> Job:
    """An app that keeps the last value and adds numbers up, by key and perhaps window."""
    app = App("clicks", home="/nowhere", durability="process")
    app.topic("clicks", key=key, value=value, partitions=1)
    clicks = app.stream("clicks")
    clicks.to("copies")
    last = clicks.group_by_key()
    last.reduce(lambda _, new: new, name="last")
    grouped = last if size is None else last.window(tumbling(size))
    added = grouped.aggregate(
        lambda so_far, new: so_far + 1, initial=total, name="total", value=total
    )
    added.to_stream().to("totals")
    return app.job({"log_free_bytes": 0, "topic_partitions": 1})


def house(made: Job, before: House | None = None) -> House:
    return House(made) if before is None else House(made, machine=before.machine)


def feed(here: House, value: Any, key: Any = "k") -> None:
    codecs = topic_codecs(here.job.graph, "clicks")
    assert codecs is not None
    here.backend.refresh()
    with Producer(here.broker, key=codecs[0], value=codecs[1]) as producer:
        producer.send("clicks", value, key=key, timestamp=0)


def run(here: House) -> None:
    worker = here.worker()
    worker.run(lambda: worker.finished)
    here.workers.remove(worker)


def copies(here: House) -> list[Any]:
    found = topic_codecs(here.job.graph, "copies")
    assert found is not None
    return [
        value for batch in here.batches("copies") for value in found[1].decode_all(batch.values)
    ]


def test_a_class_with_a_field_more_reads_what_was_written_in_topics_and_stores() -> None:
    old = house(job())
    run(old)
    feed(old, CLICK("a", 1))
    run(old)
    click = by_attrs("Click", n=float, user=str, note=(str, ""))
    new = house(job(click), old)
    feed(old, CLICK("b", 2))
    feed(new, click(n=2.5, user="c"))
    run(new)
    fields = [attrs.astuple(each) for each in copies(new)]
    assert fields == [(1.0, "a", ""), (2.0, "b", ""), (2.5, "c", "")]


def test_two_versions_read_and_write_one_topic_at_once() -> None:
    old = house(job())
    run(old)
    click = by_attrs("Click", note=(str, "-"), user=str, n=int)
    new = house(job(click), old)
    for number in range(5):
        feed(old, CLICK("old", number))
        feed(new, click(user="new", n=number, note="!"))
        run(old if number % 2 else new)
    seen = [(each.user, each.n, each.note) for each in copies(new)]
    assert seen == [
        (user, number, note) for number in range(5) for user, note in (("old", "-"), ("new", "!"))
    ]


REFUSED = {
    "a renamed field": (
        {"value": by_attrs("Click", who=str, n=int)},
        r"the values of clicks: Click.who: not written, read as str, .*'Click\(user: str, n: int\)'",
    ),
    "another type": (
        {"value": by_attrs("Click", user=str, n=Decimal)},
        r"the values of clicks: Click.n: written as int, read as Decimal",
    ),
    "no class any more": (
        {"value": str},
        r"the values of clicks: written as Click, read as str",
    ),
    "another key": (
        {"key": tuple[str, int]},
        r"the keys of clicks: keys written as str, now tuple\[str, int\]: .*; read and write them as that",
    ),
    "another total": (
        {"total": float},
        r"the values of store 'total' of clicks: written as int, read as float; give the store",
    ),
    "a window": (
        {"size": "1m"},
        r"the store 'total' of clicks: it holds rows of a timestamped store, without windows, .* as windows of 60000 ms; give",
    ),
}


@pytest.mark.parametrize("change", REFUSED)
def test_a_change_that_has_no_one_meaning_is_refused_before_the_first_record(change: str) -> None:
    options, message = REFUSED[change]
    old = house(job())
    feed_after(old, CLICK("a", 1))
    before = old.backend.mark
    new = house(job(**options), old)
    with pytest.raises(Misuse, match=message):
        new.worker()
    old.backend.refresh()
    assert old.backend.mark == before


def feed_after(here: House, value: Any) -> None:
    run(here)
    feed(here, value)
    run(here)
    here.backend.refresh()


def test_windows_of_another_size_are_refused() -> None:
    old = house(job(size="1m"))
    feed_after(old, CLICK("a", 1))
    run(house(job(size="1m"), old))
    with pytest.raises(
        Misuse, match=r"it holds windows of 60000 ms, .* as windows of 120000 ms; give the store"
    ):
        house(job(size="2m"), old).worker()


def test_days_of_another_time_zone_are_refused() -> None:
    def made(tz: str) -> Job:
        app = App("clicks", home="/nowhere", durability="process")
        app.topic("clicks", key=str, value=CLICK, partitions=1)
        days = app.stream("clicks").group_by_key().window(tumbling("1d", tz=tz))
        days.count(name="daily")
        return app.job({"log_free_bytes": 0, "topic_partitions": 1})

    old = house(made("Europe/Berlin"))
    feed_after(old, CLICK("a", 1))
    run(house(made("Europe/Berlin"), old))
    with pytest.raises(
        Misuse,
        match=r"windows of 1 day in Europe/Berlin, .* windows of 1 day in Asia/Tokyo; give the store",
    ):
        house(made("Asia/Tokyo"), old).worker()


def test_a_class_as_a_key_may_not_change() -> None:
    key = by_attrs("Key", a=int)
    old = house(job(key=key))
    run(old)
    feed(old, CLICK("a", 1), key(1))
    run(old)
    house(job(key=by_attrs("Key", a=int)), old).worker()
    with pytest.raises(Misuse, match=r"keys written as Key\(a: int\), now Key\(a: int, b: int\)"):
        house(job(key=by_attrs("Key", a=int, b=(int, 0))), old).worker()


def test_what_is_written_is_told_once() -> None:
    here = house(job())
    run(here)
    feed(here, CLICK("a", 1))
    run(here)
    here.backend.refresh()
    told = [codec_for(CLICK).schema]
    assert here.backend.written_as("copies", "value") == told
    assert here.backend.written_as("clicks-last-changelog", "value") == told
    assert here.backend.written_as("clicks", "value") == told
    assert here.backend.written_as("nowhere", "value") == []
    before = here.backend.mark
    tell_schemas(here.job, here.backend)
    assert here.backend.mark == before


def test_what_goes_to_topics_that_records_choose_is_told_too() -> None:
    gift = by_attrs("ChosenGift", name=str)
    app = App("gifts", home="/nowhere", durability="process")
    names = app.stream("names", key=str, value=str)
    names.map_values(gift, value=gift).to(lambda each: f"gifts-{each.name}")
    here = house(app.job({"log_free_bytes": 0, "topic_partitions": 1}))
    here.worker()
    here.backend.refresh()
    assert codec_for(gift).schema.fingerprint in here.backend.log.state.schemas.described


def keyed(key: Any, *, fail: bool = True) -> Job:
    """An app that writes to the topic that the record names, under keys of that class."""
    app = App("gifts", home="/nowhere", durability="process")
    names = app.stream("names", key=str, value=str)
    made = names.map(lambda name: (key(name), name), key=key, value=str)
    made.to(lambda name: f"gifts-{name}")
    handler = "fail" if fail else "continue"
    settings = {"log_free_bytes": 0, "topic_partitions": 1, "processing_exception_handler": handler}
    return app.job(settings)


def named(here: House, *names: str) -> None:
    here.send("names", *(("k", name, 0) for name in names))


def test_a_chosen_topic_is_told_of_when_it_is_first_written_to() -> None:
    gift = attrs.make_class("Gift", {"name": attrs.field(type=str)}, frozen=True)
    here = house(keyed(gift))
    worker = here.worker()
    here.backend.create_topic("gifts-a", 1, {})
    named(here, "a", "a")
    worker.run(lambda: worker.finished)
    here.backend.refresh()
    assert here.backend.written_as("gifts-a", "key") == [codec_for(gift).schema]
    assert here.backend.written_as("gifts-a", "value") == [STR.schema]


@pytest.mark.parametrize("fail", [True, False])
def test_other_keys_of_a_chosen_topic_are_refused_before_the_record(*, fail: bool) -> None:
    before = attrs.make_class("Gift", {"name": attrs.field(type=str)}, frozen=True)
    after = attrs.make_class("Gift", {"label": attrs.field(type=str)}, frozen=True)
    here = house(keyed(before))
    worker = here.worker()
    for topic in ("gifts-a", "gifts-b"):
        here.backend.create_topic(topic, 1, {})
    named(here, "a")
    worker.run(lambda: worker.finished)
    here.workers.clear()
    changed = house(keyed(after, fail=fail), here)
    worker = changed.worker()
    named(changed, "b", "a", "b")
    if fail:
        with pytest.raises(Misuse, match="the keys of gifts-a") as caught:
            worker.run(lambda: worker.finished)
        assert any("at names[0]@2" in note for note in caught.value.__notes__)
    else:
        worker.run(lambda: worker.finished)
    changed.backend.refresh()
    assert changed.backend.end("gifts-a", 0) == 1
    assert changed.backend.end("gifts-b", 0) == (1 if fail else 2)


# ---- what an app says itself of a topic that its records choose

NAMED: dict[str, Callable[[App, dict[str, Any]], object]] = {
    "described": lambda app, said: app.topic("o", **said),
    "described by one side": lambda app, said: app.topic("o", **_one_side(said)),
    "a stream": lambda app, said: app.stream("o", **said).foreach(repr),
    "a table": lambda app, said: app.table("o", materialized=True, **said),
    "a global table": lambda app, said: app.global_table("o", **said),
    "a pattern": lambda app, said: app.stream(re.compile("o"), name="all", **said).foreach(repr),
}
OWN: dict[str, tuple[dict[str, Any], Any, str]] = {
    "int for float": ({"value": float}, int, "values of o: .* as float, .* are int; "),
    "int for str": ({"value": str}, int, "values of o: .* as str, here they are int; "),
    "a class": ({"value": CLICK}, by_attrs("Other", user=str), ".* as Click, .* are Other; "),
    "a version": (
        {"value": CLICK},
        by_attrs("Click", who=str),
        r"values of o: app fed has them as Click, here they are another Click \(Click.user: not ",
    ),
    "keys": ({"key": int, "value": str}, str, "keys of o: app fed has them as int, .* are str; "),
}


def _one_side(said: dict[str, Any]) -> dict[str, Any]:
    side = "value" if said["key"] is str else "key"
    return {side: said[side]}


def choosing(place: str, said: dict[str, Any], made: Any, **settings: Any) -> App:
    """An app whose texts choose the topic "o", or another one, as values of that type."""
    settings = {"durability": "process", "log_free_bytes": 0, "topic_partitions": 1, **settings}
    app = App("fed", home="/nowhere", **settings)
    NAMED[place](app, {"key": str, **said})
    texts = app.stream("texts", key=str, value=str)
    turned = texts.map_values(len if made is int else made, value=made)
    other = texts.map_values(len, value=int)
    turned.to(lambda _: "o", name="chosen")
    other.to(lambda _: "p", name="other")
    return app


@pytest.mark.parametrize("place", NAMED)
@pytest.mark.parametrize("own", OWN)
def test_what_an_app_says_of_a_topic_counts_where_its_records_choose_it(
    place: str, own: str
) -> None:
    said, made, message = OWN[own]
    here = house(choosing(place, said, made).job())
    for topic in ("o", "p"):
        here.backend.create_topic(topic, 1, {})
    worker = here.worker()
    here.send("texts", ("k", "abc", 0))
    with pytest.raises(Misuse, match=message) as caught:
        worker.run(lambda: worker.finished)
    assert any("at texts[0]@0" in note for note in caught.value.__notes__)
    here.backend.refresh()
    assert [here.backend.end(topic, 0) for topic in ("o", "p")] == [0, 0]
    assert here.backend.written_as("o", "value") == []


def test_the_handler_decides_what_becomes_of_a_record_for_a_topic_of_another_type() -> None:
    passing = {"processing_exception_handler": "continue"}
    app = choosing("a stream", {"value": float}, int, **passing)
    app.topic("p")
    with app.test() as t:
        t.topic("texts").send("k", "abc")
        t.run()
        assert t.topic("o").records() == []


def test_what_the_app_reads_as_it_is_written_may_be_chosen() -> None:
    here = house(choosing("a table", {"value": int}, int).job())
    here.backend.create_topic("p", 1, {})
    worker = here.worker()
    here.send("texts", ("k", "abc", 0))
    worker.run(lambda: worker.finished)
    here.backend.refresh()
    assert [here.backend.end(topic, 0) for topic in ("o", "p")] == [1, 1]

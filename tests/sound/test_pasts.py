"""What an app kept under one name is never read as something else, and `reset` is always a way out.

Kinds: a store whose type, key, window or kind changed; internal topics that two apps would share.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from streamz_core import App, hopping, tumbling, upgrades
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.targets import earliest
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import CodecError, Misuse, StreamzError
from streamz_core.runtime.reset import plan_reset, reset
from tests.runtime.conftest import House

SETTINGS = {"durability": "process", "topic_partitions": 1, "log_free_bytes": 0}


def house(app: App, machine: MemoryMachine) -> House:
    return House(app.job(SETTINGS), machine=machine)


def ran(app: App, machine: MemoryMachine) -> House:
    """The app took everything there was, and is no more."""
    here = house(app, machine)
    worker = here.worker()
    worker.run(lambda: worker.finished)
    here.workers.clear()
    return here


def shop(make: Callable[[Any], object], name: str = "shop", *, key: Any = str) -> App:
    app = App(name)
    make(app.stream("in", key=key, value=str).group_by_key())
    return app


def folded(initial: Any, value: Any) -> Callable[[Any], object]:
    return lambda grouped: grouped.aggregate(
        lambda so_far, _: so_far, initial=initial, value=value, name="s"
    )


def windows(of: Any) -> Callable[[Any], object]:
    return lambda grouped: grouped.window(of).count(name="s")


COUNT = shop(lambda grouped: grouped.count(name="s"))
KEPT: dict[str, tuple[App, App]] = {
    "a count is a text": (COUNT, shop(folded(str, str))),
    "a text is bytes": (shop(folded(str, str)), shop(folded(bytes, bytes))),
    "a list of ints is one of texts": (
        shop(folded(lambda: [1], list[int])),
        shop(folded(list[str], list[str])),
    ),
    "a float is a Decimal": (shop(folded(float, float)), shop(folded(Decimal, Decimal))),
    "a count has windows": (COUNT, shop(windows(tumbling("1m")))),
    "windows are gone": (shop(windows(tumbling("1m"))), COUNT),
    "windows are shorter": (shop(windows(tumbling("1m"))), shop(windows(tumbling("30s")))),
    "windows hop": (shop(windows(tumbling("1m"))), shop(windows(hopping("1m", advance="30s")))),
    "windows hop further": (
        shop(windows(hopping("1m", advance="20s"))),
        shop(windows(hopping("1m", advance="30s"))),
    ),
    "keys are bytes": (
        COUNT,
        shop(lambda grouped: grouped.count(name="s"), key=bytes),
    ),
}


@pytest.mark.parametrize("what", KEPT)
def test_a_store_is_not_read_as_another(what: str) -> None:
    machine = MemoryMachine()
    before, after = KEPT[what]
    first = house(before, machine)
    first.backend.create_topic("in", 1, {})
    first.send("in", ("k", "v", 5))
    ran(before, machine)
    here = house(after, machine)
    marked = here.backend.mark
    with pytest.raises(Misuse) as caught:
        here.worker()
    assert "store 's'" in str(caught.value) or "keys of in" in str(caught.value)
    assert "streamz reset APP" in str(caught.value) or "another topic" in str(caught.value)
    here.backend.refresh()
    assert here.backend.mark == marked, "nothing was changed"
    if "keys of in" in str(caught.value):
        return
    wanted = plan_reset(here.backend, machine.process(), here.home, "shop", ["in"], target=earliest)
    reset(here.backend, machine.process(), wanted, "me")
    ran(after, machine)
    here.backend.refresh()
    assert here.backend.end("shop-s-changelog", 0) == 1


# ---- internal topics of two apps


def counts(app: str, store: str) -> App:
    return shop(lambda grouped: grouped.count(name=store), app)


def hops(app: str, step: str) -> App:
    made = App(app)
    lines = made.stream("in", key=str, value=str)
    lines.group_by(lambda value: value, key=str).count(name=step)
    return made


def joins(app: str, step: str) -> App:
    made = App(app)
    users = made.table("users", key=str, value=str)
    lines = made.stream("in", key=str, value=str).group_by(lambda value: value, key=str)
    lines.count(name=f"{step}-counts")
    made.stream("clicks", key=str, value=str).join(users)(_named(step))
    return made


def _named(name: str) -> Callable[[str, str], str]:
    def join(left: str, right: str) -> str:
        return left + right

    join.__name__ = name.replace("-", "_")
    return join


SHARED = {
    "a store behind a dash": (counts("shop", "eu-hits"), counts("shop-eu", "hits")),
    "and the other way round": (counts("a-b", "c"), counts("a", "b-c")),
    "three parts": (counts("a-b-c", "d"), counts("a", "b-c-d")),
    "a store, and a hop of it": (hops("x-y", "z"), hops("x", "y-z")),
    "a store called like a hop": (counts("x", "y-z"), hops("x-y", "z")),
}


@pytest.mark.parametrize("what", SHARED)
def test_an_internal_topic_has_one_app(what: str) -> None:
    machine = MemoryMachine()
    first, second = SHARED[what]
    ran(first, machine)
    broker = Broker(machine.process(), "/home", Config(durability="process"))
    ends = {name: broker.backend.end(name, 0) for name in broker.backend.topics()}
    with pytest.raises(Misuse) as caught:
        house(second, machine).worker()
    for told in ("is an internal topic of app", first.name, second.name, "another name"):
        assert told in str(caught.value)
    broker.backend.refresh()
    assert {name: broker.backend.end(name, 0) for name in ends} == ends
    ran(first, machine)
    wanted = plan_reset(
        broker.backend, machine.process(), "/home", first.name, ["in"], target=earliest
    )
    reset(broker.backend, machine.process(), wanted, "me")
    ran(second, machine)


@pytest.mark.parametrize("name", ["shop-s-changelog", "shop-s-repartition"])
def test_a_topic_of_nobody_is_not_taken_for_an_internal_one(name: str) -> None:
    machine = MemoryMachine()
    here = house(hops("shop", "s"), machine)
    here.backend.create_topic(name, 1, {})
    with pytest.raises(StreamzError, match=f"{name} belongs to no app"):
        here.worker()


def test_an_upgrade_that_fails_on_a_row_is_told_of_the_store_and_not_of_the_record() -> None:
    """To skip such records would leave out all of that key."""
    machine = MemoryMachine()
    old = attrs.make_class("Sum", {"text": attrs.field(type=str)}, frozen=True)
    new = upgrades({"Sum(text: str)": lambda was: {"number": int(was["text"])}})(
        attrs.make_class("Sum", {"number": attrs.field(type=int)}, frozen=True)
    )

    def summing(made: Any) -> App:
        return shop(
            lambda grouped: grouped.aggregate(
                lambda so_far, _: so_far, initial=lambda: made, value=type(made), name="s"
            )
        )

    before = house(summing(old("x")), machine)
    worker = before.worker()
    before.send("in", ("k", "a", 0))
    worker.run(lambda: worker.finished)
    before.workers.clear()
    after = house(summing(new(1)), machine)
    after.send("in", ("k", "b", 1))
    again = after.worker()
    with pytest.raises(CodecError, match=r"the upgrade of Sum\(text: str\) failed") as caught:
        again.run(lambda: again.finished)
    notes = "\n".join(caught.value.__notes__)
    assert "at in[0]@1 key='k'" in notes
    assert "what a store keeps" in notes
    assert "@upgrades" in notes
    assert "continue" not in notes

"""The stage of a promise: what it says when something does not come, and that all it opened is closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Misuse
from streamz_core.testing.promises.clients import LocalClients
from streamz_core.testing.promises.stage import Stage, holds, refused, same, values_of

Make = Callable[[], LocalClients]


@pytest.fixture
def make() -> Make:
    machine = MemoryMachine()
    config = Config(durability="process")
    return lambda: LocalClients("/home", config, machine.process())


def test_what_does_not_come_is_told(make: Make) -> None:
    with Stage(make) as stage:
        topic = stage.topic()
        stage.write(topic, b"1")
        reader = stage.consumer(topic)
        with pytest.raises(AssertionError, match=rf"2 records .* were 1 \({topic}\[0\]@0\)"):
            stage.read(reader, 2)


def test_all_of_it_ends_with_what_is_written_now(make: Make) -> None:
    with Stage(make) as stage:
        topic = stage.topic(2)
        stage.write(topic, b"1", b"2", partition=1)
        assert values_of(stage.all_of(topic, partitions=2)) == [b"1", b"2"]
        assert values_of(stage.all_of(topic, partitions=2))[:2] == [b"1", b"2"]


def test_names_are_nobody_elses(make: Make) -> None:
    with Stage(make) as one, Stage(make) as two:
        assert len({one.topic(), two.topic(), one.topic(), two.topic()}) == 4


def test_all_that_was_opened_is_closed(make: Make) -> None:
    with Stage(make) as stage:
        topic = stage.topic()
        producer, reader = stage.producer(), stage.consumer(topic)
    for use in (lambda: producer.send(topic, b"1"), lambda: reader.poll(0)):
        with pytest.raises(Misuse, match="closed"):
            use()


def test_what_is_wrong_is_an_assertion_that_says_so() -> None:
    same(1, 1)
    holds(1, "it is 1")
    with refused(Misuse):
        raise Misuse("no")
    with pytest.raises(AssertionError, match=r"^rows: there is 1; promised is 2$"):
        same(1, 2, "rows")
    with pytest.raises(AssertionError, match="it should hold that it is 0"):
        holds(0, "it is 0")
    with (
        pytest.raises(AssertionError, match="refused by Misuse or KeyError; it was done"),
        refused(Misuse, KeyError),
    ):
        pass
    with pytest.raises(ValueError, match="other"), refused(Misuse):
        raise ValueError("other")

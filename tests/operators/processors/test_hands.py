"""A processor of a task: begun, made anew, let go of."""

import logging
from typing import ClassVar

import pytest

from streamz_core.errors import Misuse
from streamz_core.operators.processors.hands import Hand
from streamz_core.operators.processors.processor import Processor


class Place:
    task, partition = "t/0", 0

    def wall_ms(self):
        return 7


class Store:
    timestamp = -1


class Noted(Processor):
    notes: ClassVar[list] = []

    def init(self, context):
        super().init(context)
        self.notes.append(("init", context.get_state_store("s").timestamp))

    def process(self, record):
        self.notes.append(record)

    def close(self):
        self.notes.append("close")


@pytest.fixture
def notes():
    Noted.notes = []
    return Noted.notes


def hand(supplier=Noted):
    return Hand("step", supplier, {"s": Store()}, Place())


def test_each_that_begins_is_a_new_one_and_the_last_is_closed(notes):
    one = hand()
    one.begin(-1)
    first = one.process
    one.begin(50)
    assert one.process != first
    first("old")
    one.process("new")
    one.end()
    one.end()
    assert notes == [("init", 0), "close", ("init", 50), "old", "new", "close"]


def test_its_context_stays_the_same(notes):
    one = hand()
    one.begin(-1)
    context = one.process.__self__.context
    one.begin(-1)
    assert one.process.__self__.context is context is one.context


def test_what_init_raises_comes_out_with_its_place():
    class Failing(Noted):
        def init(self, context):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no") as told:
        hand(Failing).begin(-1)
    assert told.value.__notes__ == ["at init of step task=t/0"]


@pytest.mark.parametrize("gives", [None, 5, Noted])
def test_what_is_no_processor_is_refused(gives):
    with pytest.raises(Misuse, match=r"its supplier gives .*, which is no Processor"):
        hand(lambda: gives).begin(-1)


def test_what_close_raises_is_logged_and_forgotten(notes, caplog):
    class Failing(Noted):
        def close(self):
            raise ValueError("no")

    one = hand(Failing)
    one.begin(-1)
    with caplog.at_level(logging.WARNING):
        one.end()
    assert "close() of step task=t/0: ValueError: no" in caplog.text


def test_a_store_that_is_not_connected_is_told(notes):
    one = hand()
    one.begin(-1)
    with pytest.raises(Misuse, match=r"step has no access to the store 'x', .* \(s is\)"):
        one.context.get_state_store("x")

"""A driver in another thread than its own: that one is refused, and the owner does not notice."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.errors import Misuse
from streamz_core.testing.driver import AppTest

app = App("app")
app.stream("in", key=str, value=int).map_values(lambda value: value + 1, value=int).to("out")
app.stream("in", key=str, value=int).group_by_key().count(name="counts")


@pytest.fixture
def t() -> Iterator[AppTest]:
    with app.test() as made:
        made.topic("in").send("k", 1)
        yield made


def refused(call: Callable[[], object]) -> str:
    """What a thread of another name is told."""
    told: list[str] = []

    def intrude() -> None:
        with pytest.raises(Misuse) as error:
            call()
        told.append(str(error.value))

    thread = threading.Thread(target=intrude, name="intruder")
    thread.start()
    thread.join()
    assert told, "the call was taken"
    return told[0]


CALLS: dict[str, Callable[[AppTest], Any]] = {
    "send": lambda t: t.topic("in").send("k", 7),
    "records": lambda t: t.topic("out").records(),
    "pipe": lambda t: t.input_topic("in").pipe_input("k", 7),
    "pipe list": lambda t: t.input_topic("in").pipe_key_value_list([("k", 7)]),
    "read": lambda t: t.output_topic("out").read_value(),
    "is empty": lambda t: t.output_topic("out").is_empty,
    "run": lambda t: t.run(),
    "advance": lambda t: t.advance(1),
    "crash": lambda t: t.crash(),
    "restart": lambda t: t.restart(),
    "store": lambda t: t.store("counts"),
    "dropped": lambda t: t.dropped(),
    "close": lambda t: t.close(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_another_thread_is_refused_and_the_owner_goes_on(
    t: AppTest, call: Callable[[AppTest], Any]
) -> None:
    told = refused(lambda: call(t))
    assert f"made by thread {threading.current_thread().name}, and thread intruder" in told
    t.topic("in").send("k", 2)
    assert [record.value for record in t.topic("out").records()] == [2, 3]
    assert dict(t.store("counts")) == {"k": 2}
    assert t.now_ms == 0


def test_a_topic_of_the_test_stays_as_it_was_when_another_thread_pipes(t: AppTest) -> None:
    piped = t.input_topic("in", advance="1s")
    refused(lambda: piped.pipe_input("k", 7))
    refused(lambda: piped.advance_time("1s"))
    piped.pipe_input("k", 8)
    assert [record.timestamp for record in t.topic("in").records()] == [0, 0]


def test_each_thread_with_a_test_of_its_own_is_free() -> None:
    found: list[int] = []

    def alone() -> None:
        with app.test() as mine:
            mine.topic("in").send("k", 1)
            found.extend(record.value for record in mine.topic("out").records())

    threads = [threading.Thread(target=alone) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2, 2]


INSIDE: dict[str, Callable[[AppTest], Any]] = {
    "send": lambda t: t.topic("in").send("k", 7),
    "run": lambda t: t.run(),
    "advance": lambda t: t.advance(1),
    "crash": lambda t: t.crash(),
    "restart": lambda t: t.restart(),
    "close": lambda t: t.close(),
}


@pytest.mark.parametrize("call", INSIDE.values(), ids=INSIDE)
def test_a_function_of_the_app_does_not_turn_the_test(call: Callable[[AppTest], Any]) -> None:
    turned = App("turned")
    tests: list[AppTest] = []
    source = turned.stream("in", key=str, value=int)

    @source.map_values(value=int)
    def greedy(value: int) -> int:
        if value == 5 and len(tests) == 1:
            call(tests[0])
        return value

    greedy.to("out")
    with turned.test() as t:
        tests.append(t)
        with pytest.raises(Misuse, match="a function of app 'turned' turns the test that runs it"):
            t.topic("in").send("k", 5)
        tests.append(t)
        t.run()
        assert [record.value for record in t.topic("out").records()][:1] == [5]


def test_a_function_may_send_what_is_run_later() -> None:
    sending = App("sending")
    tests: list[AppTest] = []
    source = sending.stream("in", key=str, value=int)

    @source.map_values(value=int)
    def twice(value: int) -> int:
        if value == 5:
            tests[0].topic("in").send("k", 6, run=False)
        return value

    twice.to("out")
    with sending.test() as t:
        tests.append(t)
        t.topic("in").send("k", 5)
        assert [record.value for record in t.topic("out").records()] == [5, 6]


def test_when_it_is_over_it_says_so():
    """Not what becomes of the log below it, which nobody opened."""
    with app.test() as t:
        topic = t.topic("in")
    for call in (
        lambda: topic.send("k", 1),
        topic.records,
        t.run,
        lambda: t.advance(1),
        t.restart,
        lambda: t.store("counts"),
    ):
        with pytest.raises(Misuse, match="the test of app 'app' is over: its with block was left"):
            call()
    t.close()


def test_there_is_no_time_behind_the_last_moment(t: AppTest):
    with pytest.raises(Misuse, match=r"milliseconds is .*; it has to be .* at most"):
        t.advance(1 << 63)
    t.advance((1 << 63) - 1 - t.now_ms)
    t.topic("in").send("k", 2)
    assert t.topic("out").records()[-1].timestamp == (1 << 63) - 1
    with pytest.raises(Misuse, match="milliseconds is 1; it has to be 0 at most"):
        t.advance(1)

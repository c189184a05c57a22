"""A function that takes a context is called in a unit test, and nothing else is needed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

import pytest

from streamz_core import App, Context, Misuse, Record
from streamz_core.testing import MockContext
from streamz_core.testing.context import Scheduled

app = App("unit")
clicks = app.stream("clicks", key=str, value=int)
last = app.store("last", key=str, value=int)


@clicks.process(store=last, key=str, value=int)
def spread(
    record: Record[str, int], context: Context, last: MutableMapping[str, int]
) -> Iterator[Record[str, int]]:
    if last.get(record.key, 0) > record.value:
        context.commit()
        context.schedule(tick, "5s", start=context.stream_time)
    last[record.key] = record.value
    yield record.with_value(record.value + context.stream_time + context.wall_time)


@spread.punctuate("10s", running=False)
def tick(time: int, context: Context) -> Iterator[Record[str, int]]:
    context.cancel(tick)
    yield Record("tick", context.partition, time)


def test_a_function_is_called_with_a_record_a_context_and_a_dict() -> None:
    record, rows = (
        Record("a", 5, 70, (("h", b"1"),), topic="clicks", partition=3, offset=9),
        {"a": 6},
    )
    context = MockContext(record, wall_time=1000)
    assert [each.value for each in spread(record, context, rows)] == [5 + 70 + 1000]
    assert rows == {"a": 5}
    assert (context.topic, context.partition, context.offset) == ("clicks", 3, 9)
    assert (context.timestamp, context.headers) == (70, (("h", b"1"),))
    assert context.asked.commits == 1
    assert context.asked.scheduled == [Scheduled("tick", 5000, 70)]


def test_a_timer_is_called_with_a_time_and_a_context_of_no_record() -> None:
    context = MockContext(stream_time=20, task="clicks/1")
    assert [(each.key, each.timestamp) for each in tick(30, context)] == [("tick", 30)]
    assert (context.topic, context.offset, context.timestamp) == ("", -1, -1)
    assert context.asked.cancelled == ["tick"]
    assert context.task == "clicks/1"


def test_what_no_task_would_take_is_refused_here_too() -> None:
    context = MockContext(Record("a", 5, 70))
    with pytest.raises(Misuse, match="the interval of tick is 0"):
        context.schedule(tick, 0)
    with pytest.raises(Misuse, match="is no timer"):
        context.cancel(5)  # type: ignore[arg-type]


def test_numbers_may_be_set_between_two_calls() -> None:
    context = MockContext(Record("a", 5, 70), stream_time=90)
    assert context.stream_time == 90
    context.stream_time = 95
    context.asked.wall_time = 7
    assert (context.stream_time, context.wall_time) == (95, 7)

"""Programs of functions of whole records, of timers and of their stores: inferred without a word, as in good.py."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import assert_type

from attrs import frozen

from streamz_core import (
    App,
    Context,
    Record,
    SessionStore,
    Stamped,
    WindowStore,
)
from streamz_core.dsl.declared.topics import Store
from streamz_core.dsl.faces.stream import Stream


@frozen
class Click:
    user: str
    url: str


app = App("shop")
clicks = app.stream("clicks", key=str, value=Click)
last = app.store("last-url", key=str, value=str)
other = app.store("other", key=int, value=float, memory=True)

# ---- processors


@clicks.process(store=last)
def relabelled(
    record: Record[str, Click], ctx: Context, last: MutableMapping[str, str]
) -> Iterator[Record[int, str]]:
    yield Record(ctx.partition, record.value.url, record.timestamp)


@clicks.process_values
def labelled(record: Record[str, Click], ctx: Context) -> Iterator[Record[str, str]]:
    yield Record(record.key, record.value.url, ctx.stream_time)


@clicks.process_values(stores=[last, other])
def counted(
    record: Record[str, Click],
    ctx: Context,
    last: MutableMapping[str, str],
    other: MutableMapping[int, float],
) -> Iterator[Record[str, int]]:
    yield Record(record.key, len(last), record.timestamp)


@counted.punctuate("10s", store=other)
def flushed(
    time: int, ctx: Context, other: MutableMapping[int, float]
) -> Iterator[Record[str, int]]:
    ctx.cancel("beat")
    ctx.schedule(beat, "1m", start=time)
    yield Record("all", len(other), time).to("somebody")


@counted.punctuate("10s", clock="wall", start=0, running=False)
def nothing_out(time: int, ctx: Context) -> None:
    ctx.commit()


@app.every("10s", per="app")
def beat(time: int, ctx: Context) -> Iterator[Record[str, int]]:
    yield Record(ctx.task, time, time)


@app.every("10s", stores=[last, other], clock="stream")
def quiet(
    time: int, ctx: Context, last: MutableMapping[str, str], other: MutableMapping[int, float]
) -> list[Record[str, str]]:
    return []


beat_stream: Stream[str, int] = beat
quiet_stream: Stream[str, str] = quiet
assert_type(beat.timer, str)
assert_type(flushed.timer, str)


def by_partition(topic: str, key: str, click: Click, partitions: int) -> int | None:
    return len(click.url) % partitions if key else None


def everywhere(topic: str, key: object, value: object, partitions: int) -> range:
    return range(partitions)


clicks.to("spread", partitioner=by_partition)
clicks.to(lambda click: click.url, partitioner=everywhere, name="chosen-and-spread")
assert_type(clicks.repartition(name="anew", partitioner=by_partition), Stream[str, Click])
minutes = app.window_store("minutes", key=str, value=int, size="1m", retention="1h")
assert_type(minutes, Store[WindowStore[str, int]])
stamped = app.timestamped_store("stamped", key=str, value=Click)
assert_type(stamped, Store[MutableMapping[str, Stamped[Click]]])
sessions = app.session_store("sessions", key=str, value=int, retention="1h", changelog=False)
assert_type(sessions, Store[SessionStore[str, int]])
stamped_minutes = app.timestamped_window_store(
    "stamped-minutes", key=str, value=int, size="1m", retention="1h"
)
assert_type(stamped_minutes, Store[WindowStore[str, Stamped[int]]])


@clicks.process_values(store=minutes)
def by_minute(
    record: Record[str, Click], ctx: Context, minutes: WindowStore[str, int]
) -> Iterator[Record[str, int]]:
    minutes.put(record.key, len(record.value.url), record.timestamp)
    for start, count in minutes.fetch(record.key, backward=True):
        yield record.with_value(start + count)


@clicks.process_values(store=sessions)
def in_sessions(
    record: Record[str, Click], ctx: Context, sessions: SessionStore[str, int]
) -> Iterator[Record[str, int]]:
    for one, count in sessions.find(record.key, earliest_end=record.timestamp):
        yield record.with_value(one.end + count)


@clicks.filter(store=stamped)
def fresh(click: Click, stamped: MutableMapping[str, Stamped[Click]]) -> bool:
    found = stamped.get(click.url)
    return found is None or found.timestamp > 5


relabelled_stream: Stream[int, str] = relabelled
labelled_stream: Stream[str, str] = labelled
counted_stream: Stream[str, int] = counted


# ---- rows of tables, to be read

users = app.table("users", key=str, value=Click, materialized=True)
assert_type(users.store, Store[Mapping[str, Click]])
assert_type(clicks.group_by_key().count(name="hits").store, Store[Mapping[str, int]])


@clicks.process_values(store=users.store)
def known(
    record: Record[str, Click], ctx: Context, users: Mapping[str, Click]
) -> Iterator[Record[str, bool]]:
    yield record.with_value(users.get(record.key) == record.value)

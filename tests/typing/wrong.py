"""Programs that must be refused: each marked line is an error, and no other line is."""

import re
from collections.abc import Iterator, MutableMapping

from attrs import frozen

from streamz_core import (
    App,
    Context,
    Record,
    Windowed,
    WindowStore,
    expiring,
    session,
    tumbling,
    until_time_limit,
    until_window_closes,
    versioned,
)
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table


@frozen
class Click:
    user: str
    url: str


@frozen
class User:
    name: str


@frozen
class Seen:
    who: str
    url: str


app = App("shop")
clicks = app.stream("clicks", key=str, value=Click)
users = app.table("users", key=str, value=User)
numbers = app.stream("numbers", key=int, value=int)
last = app.store("last", key=str, value=str)


@frozen
class Total:
    letters: int = 0

    def add(self, user: User) -> "Total":
        return Total(self.letters + len(user.name))


seen_topic = app.topic("seen", key=str, value=Seen)


def late(record: Record[str, Click], partition_time: int) -> str:
    return record.value.url


@clicks.join(users, how="left")  # refused: None is not taken [arg-type]
def enriched(click: Click, user: User) -> Seen:
    return Seen(user.name, click.url)


@clicks.join(users, how="left")
def unguarded(click: Click, user: User | None) -> Seen:
    return Seen(user.name, click.url)  # refused: user may be None [union-attr]


@clicks.join(users)  # refused: the sides are swapped [arg-type]
def swapped(user: User, click: Click) -> Seen:
    return Seen(user.name, click.url)


@clicks.join(users, how="sideways")  # refused: no such join [call-overload]
def sideways(click: Click, user: User) -> Seen:
    return Seen(user.name, click.url)


everybody = app.global_table("everybody", key=int, value=User)


@clicks.join(everybody, on=lambda click: click.url)  # refused: its keys are ints [arg-type]
def by_url(click: Click, user: User) -> str:
    return user.name


@clicks.join(everybody, on=lambda click: len(click.url), how="left")  # refused: user may be None
def unlooked(click: Click, user: User) -> str:
    return user.name


@clicks.map_values(store=everybody.store)  # refused: it is only read [arg-type]
def written(click: Click, everybody: MutableMapping[int, User]) -> str:
    return click.url


everybody.filter(lambda user: True)  # refused: it has no operators [attr-defined]
clicks.join(everybody, lambda click, user: user.name)  # refused: by which key [call-overload]
clicks.join(users, lambda click, user: user.name, on=len)  # refused: no global table


@numbers.join(users)  # refused: keys int and str [arg-type]
def mixed(number: int, user: User) -> str:
    return user.name * number


@clicks.filter  # refused: another record type [arg-type]
def pages(seen: Seen) -> bool:
    return bool(seen.url)


@clicks.filter  # refused: gives no bool [arg-type]
def url(click: Click) -> str:
    return click.url


@clicks.filter(with_key=True)  # refused: the key comes first [arg-type]
def late_key(click: Click, key: str) -> bool:
    return key == click.user


@clicks.filter  # refused: the key was not asked for [arg-type]
def unasked(key: str, click: Click) -> bool:
    return key == click.user


clicks.map_values(lambda click: click.link)  # refused: no such field [attr-defined]
clicks.map_values(lambda click: click.url).to(seen_topic)  # refused: str into a topic of Seen
numbers.to(lambda number: number + 1)  # refused: a topic is named by text [arg-type]
clicks.merge(numbers)  # refused: other keys and values [arg-type]
wrong_value: Stream[str, int] = clicks.map_values(lambda click: click.url)  # refused: str, not int
clicks.map(lambda click: click.url)  # refused: no pair [arg-type]
app.stream("timed", key=str, value=Click, timestamp=late)  # refused: gives text [arg-type]
app.stream(re.compile("orders-.*"))  # refused: a pattern needs a name [call-overload]
app.stream(re.compile(b"orders-.*"), name="b")  # refused: names are text [arg-type]
app.stream("orders", name="others")  # refused: the topic is its name [call-overload]
app.stream("reset", offset_reset=None)  # refused: a word or a duration [call-overload]


@clicks.flat_map_values  # refused: one value, not several [arg-type]
def one(click: Click) -> int:
    return len(click.url)


@clicks.flat_map_values(store=last)  # refused: another store [arg-type]
def counted(click: Click, last: MutableMapping[str, int]) -> Iterator[int]:
    yield last[click.url]


@clicks.map_values(store=last)  # refused: the store is not taken [arg-type]
def forgotten(click: Click) -> str:
    return click.url


@clicks.group_by_key().aggregate(initial=int)  # refused: the accumulator is an int [arg-type]
def joined(so_far: str, click: Click) -> str:
    return so_far + click.url


@clicks.group_by_key().aggregate(initial=int)  # refused: gives no accumulator [arg-type]
def lost(total: int, click: Click) -> None:
    pass


@clicks.group_by_key().reduce  # refused: gives another type than the values [arg-type]
def shortened(old: Click, new: Click) -> str:
    return old.url + new.url


@frozen
class Sum:
    total: int = 0

    def add(self, number: int) -> "Sum":
        return Sum(self.total + number)


clicks.group_by_key().aggregate(Sum)  # refused: adds ints, not clicks [arg-type]


visits = clicks.group_by_key().window(session("1m"))


def one_more(total: int, click: Click) -> int:
    return total + 1


def glued(one: str, other: str) -> str:
    return one + other


visits.aggregate(one_more, initial=int, merge=glued, name="v")  # refused: merges texts, not ints


@clicks.process
def moved(record: Record[str, Click], ctx: Context) -> Iterator[Record[str, Click]]:
    yield record.to("somewhere")


@clicks.process_values  # refused: another key [arg-type]
def rekeyed(record: Record[str, Click], ctx: Context) -> Iterator[Record[int, Click]]:
    yield Record(1, record.value, record.timestamp)


seconds = app.window_store("seconds", key=str, value=int, size="1s", retention="1h")


@clicks.process(store=seconds)  # refused: a window store is no dict
def as_dict(
    record: Record[str, Click], ctx: Context, seconds: MutableMapping[str, int]
) -> Iterator[Record[str, Click]]:
    yield record


def texts_in(ctx: Context, seconds: WindowStore[str, int]) -> None:
    seconds.put("a", "1", 5)  # refused: its values are ints
    seconds.fetch(1)  # refused: its keys are texts


def by_count(topic: str, key: str, count: int, partitions: int) -> int:
    return count


clicks.to("spread", partitioner=by_count)  # refused: partitions ints, not clicks
clicks.to("spread", partitioner=lambda topic, key, click, partitions: "0")  # refused: gives text
clicks.repartition(name="anew", partitioner=by_count)  # refused: partitions ints, not clicks


@moved.punctuate("10s")  # refused: keys of another type than those of the step
def keyed(time: int, ctx: Context) -> Iterator[Record[int, Click]]:
    yield Record(1, Click("", ""), time)


@moved.punctuate("10s")  # refused: it is handed the time and a context
def timeless(ctx: Context) -> Iterator[Record[str, Click]]:
    return iter(())


moved.punctuate("10s", clock="sundial")  # refused: no such clock


def scheduling(ctx: Context) -> None:
    ctx.schedule(moved)  # refused: it is no timer
    ctx.cancel(5)  # refused: it is no timer


@app.every("10s")  # refused: gives texts, not records
def texts(time: int, ctx: Context) -> Iterator[str]:
    yield ""


@clicks.process  # refused: gives values, not records [arg-type]
def bare(record: Record[str, Click], ctx: Context) -> Iterator[Click]:
    yield record.value


@clicks.group_by_key().window(tumbling("1m")).aggregate(initial=int)
def hits(total: int, click: Click) -> int:
    return total + 1


plain: Table[str, int] = hits  # refused: its keys are windowed [assignment]
fine: Table[Windowed[str], int] = hits
hits("one", Click("a", "/"))  # refused: called with a str for an int [arg-type]
users.filter(lambda user: user.age > 3)  # refused: no such field [attr-defined]
users.transform_values(lambda user: user.name)  # refused: user may be None [union-attr]
users.filter(lambda user: bool(user.name), store=last)  # refused: no such option [call-overload]
clicks.filter(lambda click: True, materialized=True)  # refused: streams keep nothing
users.transform_values(lambda user: "", with_context=True)  # refused: the context is not taken
clicks.group_by_key().count(name="n", retention="1h")  # refused: there are no windows [arg-type]
clicks.group_by_key().window(tumbling("1m")).count(name="o", emit="last")  # refused: no such way
users.group_by(lambda user: user.name).count(name="p", emit="final")  # refused: no windows
clicks.group_by_key().count(name="p", headers="all")  # refused: they are kept, or not [arg-type]
clicks.group_by_key().count(name="q", emit="change")  # refused: no such way [arg-type]
app.stream("q", key=str, idle=[])  # refused: no span of time [call-overload]
app.global_table("q", key=str, idle="1s")  # refused: no task waits for it [call-overload]
clicks.to_table(name="q", materialized=expiring(None))  # refused: no span of time [arg-type]
app.store("q", key=str, value=int, ttl=None, versioned="1h", size="1h")  # refused: no such option
clicks.group_by_key().window(tumbling("1m")).late.join(users, str)  # refused: it takes two values
clicks.group_by_key().late.to("late")  # refused: there are no windows
clicks.group_by_key().window(tumbling("1d", tz=1))  # refused: no time zone
clicks.deduplicate(by=lambda click: click.no, within="1h", name="o")  # refused: no such field
clicks.to_table(name="p", materialized=True, emit="final")  # refused: rows have no windows
clicks.foreach(lambda click: click.link)  # refused: no such field [attr-defined]
clicks.print(lambda click: click.url)  # refused: it takes no function [arg-type]
clicks.peek(print).foreach(print).to("out")  # refused: nothing follows [attr-defined]


@clicks.foreach(with_key=True)  # refused: the key was asked for [arg-type]
def keyless(click: Click) -> None:
    pass


@users.transform_values(with_context=True)  # refused: the context comes last [arg-type]
def early(context: Context, user: User | None) -> str:
    return context.topic


def without(total: int, user: User) -> int:
    return total - len(user.name)


initials = users.group_by(lambda user: user.name[:1])
users.group_by(lambda user: user.age)  # refused: no such field [attr-defined]
users.group_by(lambda user: user.name, pairs=True)  # refused: a key is no pair [call-overload]
initials.reduce(lambda held, user: held)  # refused: nothing takes a value out [call-overload]
initials.aggregate(Total)  # refused: it cannot take a value out again [arg-type]
initials.window(tumbling("1m"))  # refused: rows of a table are in no windows [attr-defined]


@initials.aggregate(initial=int, subtract=without)  # refused: the accumulator is an int [arg-type]
def names_of(so_far: str, user: User) -> str:
    return so_far + user.name


@initials.aggregate(initial=str, subtract=without)  # refused: one for ints takes out of a str
def joined_names(so_far: str, user: User) -> str:
    return so_far + user.name


@users.join(users, how="outer")  # refused: both may be None [arg-type]
def one_sided(user: User, other: User | None) -> str:
    return user.name


users.join(users, lambda user, other: other.age)  # refused: no such field [attr-defined]
users.join(users, lambda user, other: other.name, how="left")  # refused: other may be None
users.join(clicks, lambda user, click: click.url)  # refused: a stream is no table [call-overload]
users.join(app.table("n", key=int, value=int))  # refused: keys of another type [arg-type]
users.join(users, within="1s")(lambda user, other: user.name)  # refused: tables have no windows


users.suppress("5s", name="calm")  # refused: neither until when nor how much [arg-type]
users.suppress(until_time_limit("5s", when_full="drop"), name="calm")  # refused: no such way
users.suppress(until_time_limit(max_records=5), name="calm")  # refused: how long is not said
users.suppress(until_window_closes(when_full="emit"), name="calm")  # refused: it never emits early
clicks.suppress(until_time_limit("5s"), name="calm")  # refused: a stream has no rows [attr-defined]

codes = app.table("codes", key=int, value=bytes)
users.join(codes, on=lambda user: user.name)  # refused: the keys of codes are ints [arg-type]
users.join(codes, on=lambda user: user.age)  # refused: no such field [attr-defined]
users.join(codes, on=lambda user: 1, how="outer")  # refused: only inner and left by a foreign key


@users.join(codes, on=lambda user: len(user.name), how="left")  # refused: None is not taken
def always_coded(user: User, code: bytes) -> bytes:
    return code


def count_clicks(so_far: int, click: Click) -> int:
    return so_far + len(click.url)


def count_users(so_far: int, user: User) -> int:
    return so_far + len(user.name)


together = clicks.group_by_key().cogroup(count_clicks)
clicks.group_by_key().cogroup(count_users)  # refused: the values are clicks [arg-type]
together.cogroup(clicks, count_clicks)  # refused: a stream is no grouped one [call-overload]
together.cogroup(numbers.group_by_key(), lambda so_far, one: so_far + one)  # refused: other keys
together.aggregate(initial=str, name="texts")  # refused: the accumulator is an int [arg-type]
together.aggregate(initial=int, name="kept", retention="1h")  # refused: there are no windows

users.filter(materialized=versioned())  # refused: for how long is not said
users.filter(materialized=versioned("1h", "1h"))  # refused: memory= is said by name
users.filter(materialized=versioned)  # refused: the function is not called
users.join(users, grace="1s")(lambda user, other: user.name)  # refused: tables wait for nothing
app.store("prices", key=str, value=float, versioned=True)["a"]  # refused: no mapping
prices = app.store("more-prices", key=str, value=float, versioned="1h")
clicks.join(users, lambda click, user: click, grace=b"1s")  # refused: bytes are no span
app.window_store("w1", key=str, value=int, size="1m")  # refused: for how long is not said
app.timestamped_store("w2", key=str, value=int, retention="1h")  # refused: it has no windows
app.timestamped_window_store("w3", key=str, value=int, retention="1h")  # refused: no size
app.session_store("w4", key=str, value=int, size="1m", retention="1h")  # refused: no size is theirs

"""What may be said wrongly to each operator: each marked line is an error, and no other line is."""

from collections.abc import Iterator, Mapping, MutableMapping

from attrs import frozen

from streamz_core import (
    App,
    Codec,
    Context,
    Record,
    Serdes,
    Versions,
    hopping,
    memory,
    session,
    sliding,
    tumbling,
    unlimited,
    windowed,
)
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table


@frozen
class Click:
    user: str
    size: int


@frozen
class User:
    name: str


def size(click: Click) -> int:
    return click.size


def name(user: User) -> str:
    return user.name


async def asked(click: Click) -> str:
    return click.user


async def asked_of(key: str, click: Click) -> str:
    return key + click.user


def sizes(clicks: list[Click]) -> list[int]:
    return [click.size for click in clicks]


def by_user(click: Click) -> str:
    return click.user


def named(click: Click, user: User) -> str:
    return click.user + user.name


def added(total: int, click: Click) -> int:
    return total + click.size


def of_texts(total: str, click: Click) -> str:
    return total + click.user


app = App("operators")
clicks = app.stream("clicks", key=str, value=Click)
logins = app.stream("logins", key=str, value=User)
numbers = app.stream("numbers", key=int, value=int)
users = app.table("users", key=str, value=User)
latest = app.table("latest", key=str, value=Click)
places = app.global_table("places", key=int, value=User)
counts = app.store("counts", key=str, value=int)
pages = app.topic("pages", key=str, value=User)

# ---- sources, topics, stores

app.stream("a", key="str")  # refused: a type, not its name [call-overload]
app.stream("b", value=Click, timestamp=size)  # refused: it gets record and time [arg-type]
app.table("c", key=str, materialized="rocksdb")  # refused: yes, or memory() [call-overload]
app.table("d", key=str, emit="final")  # refused: rows have no windows [call-overload]
app.global_table("e", key=str, materialized=True)  # refused: it is kept in any case [call-overload]
app.store("f", key=str)  # refused: of what values [call-overload]
app.store("g", key=str, value=int, memory="yes")  # refused: yes or no [call-overload]
app.session_store("i", key=str, value=int)  # refused: for how long is not said
app.timestamped_store("j", key=str)  # refused: of what values
app.timestamped_window_store("k", key=str, value=int, retention="1h")  # refused: of which size
app.topic("h", key=str, value=Click, partitions="8")  # refused: a number [call-overload]
ints: Codec[int] = Serdes.string()  # refused: texts [assignment]
Serdes.list_serde(int)  # refused: a codec, not a type [arg-type]
windowed(str, "1m", "10s")  # refused: a window has one size [call-arg]
windowed(str, "1m", changelog="yes")  # refused: it is one, or not [arg-type]

# ---- one record

clicks.filter_not(name)  # refused: another record type [arg-type]
clicks.filter_not(size)  # refused: gives no bool [arg-type]
clicks.select_key(name)  # refused: another record type [arg-type]
clicks.select_key(lambda click: click.age)  # refused: no such field [attr-defined]
clicks.map(lambda key, click: (key, click))  # refused: the key was not asked for [arg-type]
clicks.flat_map(lambda click: [click.user])  # refused: no pairs [arg-type]
clicks.flat_map(lambda click: (click.user, click.size))  # refused: one pair, not several [arg-type]
clicks.flat_map_values(size)  # refused: one value, not several [arg-type]
clicks.peek(name)  # refused: another record type [arg-type]
clicks.foreach(name)  # refused: another record type [arg-type]
clicks.repartition(name="spread", partitions="8")  # refused: a number [arg-type]
clicks.to(pages)  # refused: clicks into a topic of users [arg-type]
clicks.merge(logins)  # refused: other values [arg-type]
clicks.merge(latest)  # refused: a table is no stream [arg-type]
clicks.to_table(materialized="memory")  # refused: yes, or memory() [arg-type]
clicks.split().branch(name)  # refused: another record type [arg-type]
clicks.split().branch(size)  # refused: gives no bool [arg-type]
clicks.split().default()(size)  # refused: it takes what is left, and no function [operator]
clicks.split(3)  # refused: a name is said by its word [call-arg]
clicks.map_values(size, key=int)  # refused: the key stays [call-overload]
clicks.filter(lambda click: click.size > 0, value=Click)  # refused: values stay [call-overload]
clicks.map_async(size)  # refused: not async [arg-type]
clicks.map_async(asked_of)  # refused: the key was not asked for [arg-type]
clicks.map_async(asked, order="none")  # refused: all, or key [call-overload]
clicks.map_async(asked, store=counts)  # refused: no store goes to another thread [call-overload]
clicks.map_batch(size)  # refused: it gets a list [arg-type]
clicks.map_batch(sizes, size="9")  # refused: a number [call-overload]
clicks.map_batch(sizes, with_key=True)  # refused: the keys come first [call-overload]
clicks.map_valeus(size)  # refused: no such operator [attr-defined]
clicks.map_values(size, nmae="sizes")  # refused: no such option [call-overload]


@clicks.map_values(with_key=True)  # refused: the key comes first [arg-type]
def swapped(click: Click, key: str) -> str:
    return key + click.user


@clicks.map(store=counts)  # refused: the store comes last [arg-type]
def early(counts: MutableMapping[str, int], click: Click) -> tuple[str, int]:
    return click.user, counts[click.user]


@clicks.process  # refused: the context is taken as well [arg-type]
def alone(record: Record[str, Click]) -> Iterator[Record[str, Click]]:
    yield record


@clicks.process  # refused: records of clicks [arg-type]
def of_users(record: Record[str, User], _context: Context) -> Iterator[Record[str, User]]:
    yield record


@clicks.process_values(store=counts)  # refused: another store [arg-type]
def counted(
    record: Record[str, Click], _context: Context, counts: MutableMapping[str, str]
) -> Iterator[Record[str, str]]:
    yield record.with_value(counts[record.key])


@clicks.process_values
def committing(record: Record[str, Click], context: Context) -> Iterator[Record[str, int]]:
    yield record.with_timestamp("now").with_value(1)  # refused: ms [arg-type]
    yield record.with_headers("trace").with_value(1)  # refused: a dict, or pairs [arg-type]
    yield record.with_key(1).with_value(1)  # refused: another key [misc]
    context.commit("now")  # refused: it is asked for, and nothing is said with it
    yield Record(record.key, context.now, 0)  # refused: it has no such time [attr-defined]


prices = app.store("prices", key=str, value=float, versioned="1h")


@clicks.process_values(store=prices)
def priced(
    record: Record[str, Click], _context: Context, prices: Versions[str, float]
) -> Iterator[Record[str, float]]:
    prices.put(record.key, "dear")  # refused: of numbers [arg-type]
    prices.delete(1)  # refused: of texts [arg-type]
    yield record.with_value(prices.get(record.key) or 0.0)  # refused: with its times [arg-type]
    was = prices.get_as_of(record.key, record.timestamp)
    yield record.with_value(was.value)  # refused: it may be that there was none [union-attr]
    yield record.with_value(prices.versions(record.key))  # refused: they are several [arg-type]


# ---- joins

clicks.join(users, lambda click: click.user)  # refused: the user is not taken [arg-type]
clicks.join(users, named, how="outer")  # refused: a table wakes nobody [call-overload]
clicks.join(users, named, within="5m")  # refused: a table has no windows [call-overload]
clicks.join(logins, named, within=b"5m")  # refused: a span, or whole ms [call-overload]
clicks.join(logins, named, how="left", within="5m")  # refused: None is not taken [call-overload]
clicks.join(logins, named, within="5m", headers=True)  # refused: kept, or not [call-overload]
clicks.join(numbers, lambda click, one: one, within="5m")  # refused: other keys [arg-type]
clicks.join(places, named, on=by_user)  # refused: its keys are ints [arg-type]
clicks.join(places, named, on=size, how="outer")  # refused: inner and left [call-overload]
latest.join(places, named)  # refused: tables are not joined with global ones [call-overload]
latest.join(users, lambda click: click.user)  # refused: the user is not taken [arg-type]
latest.join(users, named, how="outer")  # refused: both may be None [call-overload]
latest.join(users, named, on=size)  # refused: their keys are texts [arg-type]
latest.join(users, name)  # refused: another joiner [arg-type]

# ---- groups and windows

clicks.group_by(name)  # refused: another record type [arg-type]
clicks.group_by_key(key=str)  # refused: the key stays [call-arg]
by_key = clicks.group_by_key()
by_key.aggregate(added)  # refused: from what on is not said [arg-type]
by_key.aggregate(added, initial=0)  # refused: a function that gives it [call-overload]
by_key.aggregate(added, initial=str)  # refused: the accumulator is an int [misc]
by_key.aggregate(of_texts, initial=int)  # refused: the accumulator is a text [misc]
by_key.reduce(added)  # refused: another type than the values [arg-type]
by_key.reduce(lambda old, new: new.size)  # refused: another type than the values [arg-type]
by_key.window("1m")  # refused: a window, not its size [arg-type]
by_key.count()(size)  # refused: a count takes no function [operator]
by_key.window(tumbling("1m", advance="10s"))  # refused: that is hopping [call-arg]
by_key.window(hopping("1m"))  # refused: how far is not said [call-arg]
by_key.window(sliding(difference=None))  # refused: how long is not said [arg-type]
by_key.window(session())  # refused: which gap is not said [call-arg]
by_key.window(unlimited("2026"))  # refused: ms, or a datetime [arg-type]
counted_minutes = by_key.window(tumbling("1m")).count()
plain: Table[str, int] = counted_minutes  # refused: its keys are windowed [assignment]
texts = by_key.cogroup(of_texts)
texts.cogroup(logins.group_by_key(), lambda total, _: 1)  # refused: they are texts [arg-type]
by_size = latest.group_by(size)
by_size.count(subtract=added)  # refused: a count knows what left [call-arg]
by_size.aggregate(added, initial=int)  # refused: nothing takes a value out [call-overload]
by_size.reduce(added, subtract=added)  # refused: another type than the values [arg-type]

# ---- tables

latest.filter(name)  # refused: another record type [arg-type]
latest.filter_not(size)  # refused: gives no bool [arg-type]
latest.filter_not(lambda click: click.age > 3)  # refused: no such field [attr-defined]
latest.map_values(name)  # refused: another record type [arg-type]
latest.map_values(size, materialized="memory")  # refused: yes, or memory() [call-overload]
latest.map_values(size, materialized=memory)  # refused: it is called [call-overload]
latest.to_stream(name)  # refused: another record type [arg-type]
latest.to(pages)  # refused: clicks into a topic of users [arg-type]
latest.flat_map_values(size)  # refused: a row stays one row [attr-defined]
latest.merge(users)  # refused: tables are joined, not merged [attr-defined]
as_stream: Stream[str, Click] = latest  # refused: a table is no stream [assignment]


kept = app.table("kept", key=str, value=User, materialized=True)


@clicks.process_values(store=kept.store)  # refused: it is only read [arg-type]
def writing(
    record: Record[str, Click], ctx: Context, kept: MutableMapping[str, User]
) -> Iterator[Record[str, Click]]:
    yield record


def of_clicks(click: Click, kept: Mapping[str, Click]) -> str:
    return click.user


clicks.map_values(of_clicks, store=kept.store)  # refused: rows of users [call-overload]
rows = clicks.store  # refused: a stream keeps no rows [attr-defined]

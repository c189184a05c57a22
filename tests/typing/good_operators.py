"""Every operator, one by one, with exactly the type that is inferred for it where nobody says one."""

from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, assert_type

from attrs import frozen

from streamz_core import (
    App,
    Codec,
    Context,
    Record,
    Serdes,
    Suppression,
    VersionedRecord,
    Versions,
    Windowed,
    hopping,
    memory,
    session,
    sliding,
    tumbling,
    unlimited,
    until_time_limit,
    until_window_closes,
    versioned,
    windowed,
)
from streamz_core.dsl.declared.topics import Memory, Versioned
from streamz_core.dsl.faces.cogroups import CogroupedStep, WindowedCogrouped
from streamz_core.dsl.faces.exits import SinkStep
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.grouped import Grouped, GroupedStep, WindowedGrouped
from streamz_core.dsl.faces.routes import Split
from streamz_core.dsl.faces.stream import Step, Stream
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.dsl.faces.tables.groups import GroupedTableStep
from streamz_core.topology.windows import Window


@frozen
class Click:
    user: str
    size: int


@frozen
class User:
    name: str


@frozen
class Total:
    size: int = 0

    def add(self, click: Click) -> "Total":
        return Total(self.size + click.size)

    def remove(self, click: Click) -> "Total":
        return Total(self.size - click.size)


def large(click: Click) -> bool:
    return click.size > 9


def larger(key: str, click: Click) -> bool:
    return click.size > len(key)


def size(click: Click) -> int:
    return click.size


def sized(key: str, click: Click) -> float:
    return click.size / len(key)


def pair(click: Click) -> tuple[int, float]:
    return click.size, float(click.size)


def pairs(key: str, click: Click) -> Iterator[tuple[bytes, int]]:
    yield key.encode(), click.size


def parts(click: Click) -> list[str]:
    return click.user.split()


def named(click: Click, user: User) -> str:
    return click.user + user.name


def perhaps_named(click: Click, user: User | None) -> str:
    return click.user + (user.name if user else "")


def either(click: Click | None, user: User | None) -> bytes:
    return b"" if click is None or user is None else b"1"


def keyed_name(key: str, click: Click, user: User) -> int:
    return len(key + click.user + user.name)


def longest(one: Click, other: Click) -> Click:
    return max(one, other, key=size)


async def asked(click: Click) -> float:
    return click.size / 2


async def asked_of(key: str, click: Click) -> int:
    return len(key) + click.size


def sizes(clicks: list[Click]) -> list[int]:
    return [click.size for click in clicks]


def sizes_of(keys: list[str], clicks: list[Click]) -> Iterator[int]:
    return (len(key) + click.size for key, click in zip(keys, clicks, strict=True))


def added(total: int, click: Click) -> int:
    return total + click.size


def taken(total: int, click: Click) -> int:
    return total - click.size


def both(one: int, other: int) -> int:
    return one + other


def renamed(total: int, user: User) -> int:
    return total + len(user.name)


app = App("operators")
clicks = app.stream("clicks", key=str, value=Click)
logins = app.stream("logins", key=str, value=User)
users = app.table("users", key=str, value=User)
latest = app.table("latest", key=str, value=Click)
places = app.global_table("places", key=int, value=User)
assert_type(places, GlobalTable[int, User])

# ---- one record

assert_type(clicks.filter(large), Step[str, Click, [Click], bool])
assert_type(clicks.filter(larger, with_key=True), Step[str, Click, [str, Click], bool])
assert_type(clicks.filter_not(large), Step[str, Click, [Click], bool])
assert_type(clicks.filter_not(larger, with_key=True), Step[str, Click, [str, Click], bool])
assert_type(clicks.map(pair), Step[int, float, [Click], tuple[int, float]])
assert_type(clicks.map_values(size), Step[str, int, [Click], int])
assert_type(clicks.map_values(sized, with_key=True), Step[str, float, [str, Click], float])
assert_type(clicks.map_async(asked), Step[str, float, [Click], Coroutine[Any, Any, float]])
assert_type(
    clicks.map_async(asked_of, with_key=True, concurrency=8, timeout="2s", order="key"),
    Step[str, int, [str, Click], Coroutine[Any, Any, int]],
)
assert_type(
    clicks.map_batch(sizes, size=100, name="sizes-of"), Step[str, int, [list[Click]], Iterable[int]]
)
assert_type(
    clicks.map_batch(sizes_of, with_key=True),
    Step[str, int, [list[str], list[Click]], Iterable[int]],
)
assert_type(clicks.flat_map_values(parts), Step[str, str, [Click], Iterable[str]])
assert_type(
    clicks.flat_map(pairs, with_key=True),
    Step[bytes, int, [str, Click], Iterable[tuple[bytes, int]]],
)
assert_type(clicks.select_key(size), Step[int, Click, [Click], int])
assert_type(clicks.select_key(sized, with_key=True), Step[float, Click, [str, Click], float])
assert_type(clicks.peek(size), Step[str, Click, [Click], int])
assert_type(clicks.foreach(size), SinkStep[[Click], int])
assert_type(clicks.to("clicks-copied"), None)
assert_type(clicks.print(label="clicks"), None)
assert_type(clicks.merge(clicks.filter(large)), Stream[str, Click])
assert_type(clicks.repartition(name="spread"), Stream[str, Click])
assert_type(clicks.to_table(name="seen"), Table[str, Click])
assert_type(clicks.split(), Split[str, Click])
assert_type(clicks.split(name="kinds").branch(large), Step[str, Click, [Click], bool])
assert_type(clicks.split(name="more").default(name="rest"), Stream[str, Click])


def told(record: Record[str, Click], context: Context) -> Iterator[Record[int, bytes]]:
    assert_type(record.with_key(1), Record[int, Click])
    assert_type(record.with_value(b"1"), Record[str, bytes])
    assert_type(record.with_timestamp(0), Record[str, Click])
    assert_type(record.with_headers({"trace": b"7"}), Record[str, Click])
    assert_type(context.wall_time, int)
    yield Record(record.value.size, record.key.encode(), context.stream_time)


def kept(record: Record[str, Click], _context: Context) -> Iterator[Record[str, int]]:
    yield Record(record.key, record.value.size, record.timestamp)


assert_type(
    clicks.process(told),
    Step[int, bytes, [Record[str, Click], Context], Iterable[Record[int, bytes]]],
)
assert_type(
    clicks.process_values(kept),
    Step[str, int, [Record[str, Click], Context], Iterable[Record[str, int]]],
)

prices = app.store("prices", key=str, value=float, versioned="1h")


@clicks.process_values(store=prices)
def priced(
    record: Record[str, Click], _context: Context, prices: Versions[str, float]
) -> Iterator[Record[str, float]]:
    assert_type(prices.put(record.key, 1.0), bool | None)
    assert_type(prices.delete(record.key), VersionedRecord[float] | None)
    assert_type(prices.get(record.key), VersionedRecord[float] | None)
    assert_type(prices.versions(record.key), list[VersionedRecord[float]])
    was = prices.get_as_of(record.key, record.timestamp)
    assert_type(was, VersionedRecord[float] | None)
    yield record.with_value(was.value if was else 0.0)


# ---- joins

assert_type(clicks.join(users, named), Step[str, str, [Click, User], str])
assert_type(
    clicks.join(users, perhaps_named, how="left", name="named-left"),
    Step[str, str, [Click, User | None], str],
)
assert_type(clicks.join(users, keyed_name, with_key=True), Step[str, int, [str, Click, User], int])
assert_type(clicks.join(logins, named, within="5m", name="met"), Step[str, str, [Click, User], str])
assert_type(
    clicks.join(logins, either, how="outer", within="5m", name="met-outer"),
    Step[str, bytes, [Click | None, User | None], bytes],
)
assert_type(
    clicks.join(logins, either, how="outer", within="5m", headers="kept", name="met-traced"),
    Step[str, bytes, [Click | None, User | None], bytes],
)
assert_type(clicks.join(places, named, on=size, name="placed"), Step[str, str, [Click, User], str])
assert_type(latest.join(users, named, name="joined"), TableStep[str, str, [Click, User], str])
assert_type(
    latest.join(users, either, how="outer", name="joined-outer"),
    TableStep[str, bytes, [Click | None, User | None], bytes],
)
assert_type(
    latest.join(users, named, on=lambda click: click.user, name="by-user"),
    TableStep[str, str, [Click, User], str],
)

# ---- groups and windows

assert_type(clicks.group_by(size, name="of-size"), GroupedStep[int, Click, [Click], int])
by_key = clicks.group_by_key()
assert_type(by_key, Grouped[str, Click])
assert_type(by_key.count(name="n"), Table[str, int])
assert_type(by_key.reduce(longest), TableStep[str, Click, [Click, Click], Click])
assert_type(by_key.aggregate(added, initial=int), TableStep[str, int, [int, Click], int])
totals: Table[str, Total] = by_key.aggregate(Total)
minutes = by_key.window(tumbling("1m"))
assert_type(minutes, WindowedGrouped[str, Click])
assert_type(minutes.count(name="n-minutes"), Table[Windowed[str], int])
assert_type(
    minutes.reduce(longest, name="longest-minutes"),
    TableStep[Windowed[str], Click, [Click, Click], Click],
)
assert_type(
    minutes.aggregate(added, initial=int, name="minutes"),
    TableStep[Windowed[str], int, [int, Click], int],
)
assert_type(
    by_key.window(session("5m")).aggregate(added, initial=int, merge=both, name="sessions"),
    TableStep[Windowed[str], int, [int, Click], int],
)
cogrouped = by_key.cogroup(added).cogroup(logins.group_by_key(), renamed)
assert_type(cogrouped, CogroupedStep[str, int, [int, User], int])
assert_type(cogrouped.aggregate(initial=int, name="together"), Table[str, int])
assert_type(cogrouped.window(session("5m")), WindowedCogrouped[str, int])
assert_type(
    cogrouped.window(tumbling("5m")).aggregate(initial=int, name="together-minutes"),
    Table[Windowed[str], int],
)
by_size = latest.group_by(size, name="by-size")
assert_type(by_size, GroupedTableStep[int, Click, [Click], int])
assert_type(
    latest.group_by(pair, pairs=True, name="by-pair"),
    GroupedTableStep[int, float, [Click], tuple[int, float]],
)
assert_type(by_size.count(name="n-sizes"), Table[int, int])
assert_type(
    by_size.reduce(longest, subtract=longest, name="longest-sizes"),
    TableStep[int, Click, [Click, Click], Click],
)
assert_type(
    by_size.aggregate(added, initial=int, subtract=taken, name="sizes"),
    TableStep[int, int, [int, Click], int],
)
totals_by_size: Table[int, Total] = by_size.aggregate(Total, name="totals")

# ---- tables

assert_type(latest.filter(large), TableStep[str, Click, [Click], bool])
assert_type(latest.filter_not(large), TableStep[str, Click, [Click], bool])
assert_type(latest.map_values(size), TableStep[str, int, [Click], int])
assert_type(latest.to_stream(), Stream[str, Click])
assert_type(latest.to_stream(size), Step[int, Click, [Click], int])
assert_type(latest.to("latest-copied"), None)
assert_type(
    latest.transform_values(lambda click: click is None), TableStep[str, bool, [Click | None], bool]
)
assert_type(latest.suppress(until_time_limit("1s"), name="calm"), Table[str, Click])

# ---- what is handed to them

assert_type(tumbling("1m"), Window)
assert_type(hopping("1m", "10s"), Window)
assert_type(sliding("1m"), Window)
assert_type(session("1m"), Window)
assert_type(unlimited(), Window)
assert_type(memory(), Memory)
assert_type(versioned("1h"), Versioned)
assert_type(until_window_closes(), Suppression)
assert_type(windowed(str, tumbling("1m")), Codec[Windowed[str]])
assert_type(windowed(str, "1m", changelog=True), Codec[Windowed[str]])
assert_type(Serdes.list_serde(Serdes.integer()), Codec[list[int]])


@clicks.map_async(concurrency=4, timeout=None)
async def enriched(click: Click) -> User:
    return User(click.user)


@enriched.map_batch(size=10, with_key=True)
def scored(keys: list[str], users: list[User]) -> list[float]:
    return [float(len(key + user.name)) for key, user in zip(keys, users, strict=True)]


assert_type(enriched, Step[str, User, [Click], Coroutine[Any, Any, User]])
assert_type(scored, Step[str, float, [list[str], list[User]], Iterable[float]])


async def unit_test() -> None:
    assert_type(await enriched(Click("a", 1)), User)

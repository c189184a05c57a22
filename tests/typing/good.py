"""Programs whose types must be inferred, exactly, without a word from the user."""

import re
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import timedelta
from typing import Any, assert_type

from attrs import frozen

from streamz_core import (
    App,
    Context,
    VersionedRecord,
    Versions,
    Windowed,
    expiring,
    hopping,
    memory,
    session,
    sliding,
    tumbling,
    unlimited,
    until_time_limit,
    until_window_closes,
    versioned,
)
from streamz_core.dsl.declared.topics import Store, Topic
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.grouped import Grouped, WindowedGrouped
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table
from streamz_core.dsl.faces.tables.groups import GroupedTable


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


@frozen
class Stats:
    clicks: int = 0

    def add(self, seen: Seen) -> "Stats":
        return Stats(self.clicks + len(seen.url))

    def merge(self, newer: "Stats") -> "Stats":
        return Stats(self.clicks + newer.clicks)


app = App("shop")

# ---- sources, topics, stores

clicks = app.stream("clicks", key=str, value=Click)
assert_type(clicks, Stream[str, Click])
users = app.table("users", key=str, value=User)
assert_type(users, Table[str, User])
last = app.store("last-url", key=str, value=str)
assert_type(last, Store[MutableMapping[str, str]])
assert_type(app.stream("raw"), Stream[bytes, bytes])
assert_type(app.stream(["a", "b"], key=int), Stream[int, bytes])
assert_type(app.stream("c", value=list[int]), Stream[bytes, list[int]])
seen_topic = app.topic("seen", key=str, value=Seen, partitions=2)
assert_type(seen_topic, Topic[str, Seen])
assert_type(app.stream(seen_topic), Stream[str, Seen])
assert_type(app.topic("any"), Topic[Any, Any])
assert_type(app.table("d", key=int, value=str, materialized=True), Table[int, str])
assert_type(
    app.stream(re.compile("orders-.*"), key=str, value=Click, name="orders"), Stream[str, Click]
)
assert_type(app.stream(re.compile("keys-.*"), key=str, name="keys"), Stream[str, bytes])
assert_type(app.stream(re.compile("values-.*"), value=int, name="values"), Stream[bytes, int])
assert_type(app.stream(re.compile("raws-.*"), name="raws"), Stream[bytes, bytes])
assert_type(app.stream("late", key=str, offset_reset="latest"), Stream[str, bytes])
assert_type(app.table("day", value=int, offset_reset=timedelta(days=1)), Table[bytes, int])
app.stream("timed", key=str, value=Click, timestamp=lambda record, time: len(record.value.url))

# ---- decorated, as in the documentation


@clicks.filter
def pages(click: Click) -> bool:
    return click.url.startswith("/")


@pages.flat_map_values(store=last, with_key=True)
def changed(user: str, click: Click, last: MutableMapping[str, str]) -> Iterator[Click]:
    if last.get(user) != click.url:
        last[user] = click.url
        yield click


@changed.join(users, how="left")
def enriched(click: Click, user: User | None) -> Seen:
    return Seen(user.name if user else "?", click.url)


@changed.join(users)
def known(click: Click, user: User) -> Seen:
    return Seen(user.name, click.url)


everybody = app.global_table("everybody", key=int, value=User)
assert_type(everybody, GlobalTable[int, User])
assert_type(
    app.global_table("raw-rows", materialized=memory(), name="r"), GlobalTable[bytes, bytes]
)


assert_type(everybody.store, Store[Mapping[int, User]])


@clicks.map_values(store=everybody.store)
def read(click: Click, everybody: Mapping[int, User]) -> str:
    return everybody[len(click.url)].name


read_stream: Stream[str, str] = read


@clicks.join(everybody, on=lambda click: len(click.url))
def looked_up(click: Click, user: User) -> Seen:
    return Seen(user.name, click.url)


@clicks.join(everybody, on=lambda click: len(click.url) or None, how="left")
def maybe_visited(click: Click, user: User | None) -> str:
    return user.name if user else "?"


@clicks.join(everybody, on=lambda key, click: len(key), with_keys=True, how="left")
def by_both(key: str, number: int | None, click: Click, user: User | None) -> int:
    return number or 0


looked_up_stream: Stream[str, Seen] = looked_up
maybe_visited_stream: Stream[str, str] = maybe_visited
by_both_stream: Stream[str, int] = by_both
visited_by: Stream[str, str] = clicks.join(
    everybody,
    lambda key, number, click, user: key + click.url * number + user.name,
    on=lambda key, click: len(key + click.url),
    with_keys=True,
)
visited_keyed: Stream[str, str] = clicks.join(
    everybody,
    lambda key, click, user: key + click.url + (user.name if user else ""),
    on=lambda key, click: len(key + click.url),
    with_key=True,
    how="left",
)


@enriched.group_by(lambda seen: seen.url).window(tumbling("1m", grace="10s")).aggregate(initial=int)
def hits(total: int, seen: Seen) -> int:
    return total + 1


hits.to("hits-per-minute")

as_stream: Stream[str, Click] = pages
assert_type(pages(Click("a", "/")), bool)
as_stream = changed
assert_type(list(changed("ann", Click("ann", "/"), {})), list[Click])
as_seen: Stream[str, Seen] = enriched
assert_type(enriched(Click("a", "/"), None), Seen)
assert_type(known(Click("a", "/"), User("Ann")), Seen)
as_hits: Table[Windowed[str], int] = hits
assert_type(hits(0, Seen("a", "/")), int)

# ---- fluent

urls: Stream[str, str] = enriched.map_values(lambda seen: seen.url)
lengths: Stream[int, Seen] = enriched.select_key(lambda seen: len(seen.url))
pairs: Stream[str, int] = clicks.map(lambda click: (click.url, len(click.url)), name="pairs")
parts: Stream[str, str] = clicks.flat_map(
    lambda key, click: [(key, part) for part in click.url.split("/")], with_key=True
)
both: Stream[str, str] = urls.merge(parts)
again: Stream[str, Seen] = enriched.peek(print).filter_not(lambda seen: not seen.url)
again.to(seen_topic)
again.to(lambda seen: f"seen-{len(seen.url)}")
again.to(lambda key, seen: key + seen.url, with_key=True)
spread: Stream[str, Seen] = again.repartition(name="spread", partitions=8)


@enriched.to
def by_length(seen: Seen) -> str:
    return f"length-{len(seen.url)}"


assert_type(by_length(Seen("a", "/")), str)


@enriched.foreach
def told(seen: Seen) -> int:
    return len(seen.url)


@enriched.foreach(store=last, with_key=True)
def remembered(key: str, seen: Seen, last: MutableMapping[str, str]) -> None:
    last[key] = seen.url


assert_type(told(Seen("a", "/")), int)
assert_type(enriched.foreach(lambda seen: seen.url)(Seen("a", "/")), str)
again.print(label="again", file="again.txt")

# ---- branches

kinds = clicks.split()


@kinds.branch
def long_ones(click: Click) -> bool:
    return len(click.url) > 10


@kinds.branch(with_key=True, name="own")
def by_user(user: str, click: Click) -> bool:
    return user == click.user


rest = kinds.default(name="rest")
assert_type(rest, Stream[str, Click])
long_stream: Stream[str, Click] = long_ones

assert_type(clicks.deduplicate(within="1h", name="once"), Stream[str, Click])
assert_type(
    clicks.deduplicate(by=lambda click: click.url, within="1h", name="one-url"), Stream[str, Click]
)

# ---- aggregates

by_key = enriched.group_by_key()
assert_type(by_key, Grouped[str, Seen])
assert_type(by_key.window(hopping("10s", "1s")), WindowedGrouped[str, Seen])
assert_type(by_key.count(name="count"), Table[str, int])
assert_type(
    by_key.window(tumbling("1d")).count(name="daily", retention="7d"), Table[Windowed[str], int]
)
assert_type(by_key.window(unlimited(1_000)).count(name="ever"), Table[Windowed[str], int])
stats: Table[str, Stats] = by_key.aggregate(Stats)
assert_type(
    by_key.window(tumbling("1d")).count(name="finally", emit="final"), Table[Windowed[str], int]
)
assert_type(
    by_key.window(tumbling("1d")).count(name="traced", emit="final", headers="kept"),
    Table[Windowed[str], int],
)
assert_type(
    by_key.window(tumbling("1d")).count(name="lastly", emit="commit"), Table[Windowed[str], int]
)
assert_type(by_key.count(name="at-commits", emit="commit"), Table[str, int])
assert_type(by_key.count(name="on-change", emit="changes"), Table[str, int])
assert_type(app.stream("quiet", key=str, value=int, idle="30s"), Stream[str, int])
assert_type(app.table("still", key=str, value=int, idle=30), Table[str, int])
assert_type(by_key.count(name="for-a-while", materialized=expiring("1h")), Table[str, int])
for_a_while = app.store("for-a-while-too", key=str, value=int, ttl="1h")
assert_type(for_a_while, Store[MutableMapping[str, int]])
assert_type(
    app.table("seldom", key=str, value=int, materialized=True, emit="changes"), Table[str, int]
)
assert_type(by_key.window(tumbling("1d", tz="Europe/Berlin")), WindowedGrouped[str, Seen])
visits = by_key.window(session("30m", grace="1m"))
assert_type(visits, WindowedGrouped[str, Seen])
assert_type(visits.count(name="clicks-per-visit"), Table[Windowed[str], int])
assert_type(visits.late, Stream[str, Seen])
per_visit: Table[Windowed[str], Stats] = visits.aggregate(Stats, name="per-visit")
rates: Table[Windowed[str], int] = by_key.window(sliding("10s")).count(name="rates")


def longer(one: int, other: int) -> int:
    return max(one, other)


@visits.aggregate(initial=int, merge=longer, retention="2h")
def longest(so_far: int, seen: Seen) -> int:
    return max(so_far, len(seen.url))


@visits.aggregate(initial=int, merge=lambda key, one, other: max(one, other), with_key=True)
def longest_by_key(key: str, so_far: int, seen: Seen) -> int:
    return max(so_far, len(seen.url) - len(key))


longest_table: Table[Windowed[str], int] = longest


@enriched.group_by
def same_url(seen: Seen) -> str:
    return seen.url


@same_url.aggregate(initial=list[str], materialized=memory())
def names(so_far: list[str], seen: Seen) -> list[str]:
    return [*so_far, seen.who]


@by_key.reduce
def latest(_: Seen, new: Seen) -> Seen:
    return new


@by_key.aggregate(initial=dict[str, int], with_key=True)
def per_key(key: str, so_far: dict[str, int], seen: Seen) -> dict[str, int]:
    return {**so_far, key: len(seen.url)}


names_table: Table[str, list[str]] = names
latest_table: Table[str, Seen] = latest
per_key_table: Table[str, dict[str, int]] = per_key

# ---- several streams into one table

own_clicks = clicks.group_by_key(name="own-clicks")


@own_clicks.cogroup
def visited(so_far: Stats, click: Click) -> Stats:
    return Stats(so_far.clicks + len(click.url))


@visited.cogroup(by_key, with_key=True)
def seen_too(key: str, so_far: Stats, seen: Seen) -> Stats:
    return Stats(so_far.clicks + len(seen.url + key))


assert_type(visited(Stats(), Click("a", "/")), Stats)
assert_type(seen_too("a", Stats(), Seen("a", "/")), Stats)
assert_type(seen_too.aggregate(initial=Stats, name="activity"), Table[str, Stats])
assert_type(
    seen_too.window(tumbling("1m")).aggregate(initial=Stats, name="per-minute", retention="1h"),
    Table[Windowed[str], Stats],
)

# ---- tables joined

ages = app.table("ages", key=str, value=int)


@users.join(ages)
def aged(user: User, age: int) -> str:
    return user.name * age


@users.join(ages, how="left", materialized=True)
def maybe_aged(user: User, age: int | None) -> str:
    return user.name * (age or 1)


@users.join(ages, how="outer", with_key=True)
def either(key: str, user: User | None, age: int | None) -> float:
    return float(age or 0) if user is None else len(user.name + key)


aged_table: Table[str, str] = aged
maybe_table: Table[str, str] = maybe_aged
either_table: Table[str, float] = either
lambda_table: Table[str, bool] = users.join(ages, lambda user, age: user.name == str(age))
outer_table: Table[str, bool] = users.join(
    ages, lambda user, age: user is None or age is None, how="outer", name="alone"
)

# ---- tables joined by a foreign key

codes = app.table("codes", key=int, value=bytes)


@users.join(codes, on=lambda user: len(user.name))
def coded(user: User, code: bytes) -> bytes:
    return user.name.encode() + code


@users.join(codes, on=lambda user: len(user.name) or None, how="left")
def maybe_coded(user: User, code: bytes | None) -> int:
    return len(code or user.name)


coded_table: Table[str, bytes] = coded
maybe_coded_table: Table[str, int] = maybe_coded
keyed_join: Table[str, str] = users.join(
    codes,
    lambda key, user, code: key + user.name + code.decode(),
    on=lambda key, user: len(key + user.name),
    with_key=True,
    name="keyed-join",
)

# ---- tables by another key


@frozen
class Lengths:
    total: int = 0

    def add(self, user: User) -> "Lengths":
        return Lengths(self.total + len(user.name))

    def remove(self, user: User) -> "Lengths":
        return Lengths(self.total - len(user.name))


@users.group_by
def initials(user: User) -> str:
    return user.name[:1]


@users.group_by(pairs=True, with_key=True)
def name_lengths(key: str, user: User) -> tuple[int, str]:
    return len(user.name), key


@initials.aggregate(initial=int, subtract=lambda total, user: total - len(user.name))
def letters(total: int, user: User) -> int:
    return total + len(user.name)


@name_lengths.reduce(subtract=lambda held, key: held.replace(key, ""))
def spelled(held: str, key: str) -> str:
    return held + key


assert_type(initials(User("Ann")), str)
assert_type(initials.count(name="per-initial", materialized=memory()), Table[str, int])
initials_table: GroupedTable[str, User] = initials
lengths_table: GroupedTable[int, str] = name_lengths
letters_table: Table[str, int] = letters
spelled_table: Table[int, str] = spelled
per_class: Table[str, Lengths] = initials.aggregate(Lengths)
regrouped: GroupedTable[int, str] = users.group_by(
    lambda user: (len(user.name), user.name), pairs=True
)
keyed_table: Table[int, str] = regrouped.aggregate(
    lambda key, held, name: f"{held}{name}{key}",
    initial=str,
    subtract=lambda key, held, name: held.replace(name, str(key)),
    with_key=True,
    name="keyed",
)

# ---- tables


@names.map_values(materialized=True)
def how_many(names: list[str]) -> int:
    return len(names)


@how_many.filter(with_key=True)
def popular(url: str, count: int) -> bool:
    return count > len(url)


@popular.transform_values
def shown(count: int | None) -> str:
    return "none" if count is None else str(count)


@popular.transform_values(with_context=True, with_key=True)
def placed(url: str, count: int | None, context: Context) -> str:
    return f"{url} {count} {context.topic}"


@hits.to_stream(with_key=True)
def unwindowed(key: Windowed[str], total: int) -> str:
    return key.key


counts: Stream[str, int] = unwindowed
placed_table: Table[str, str] = placed
timed_table: Table[str, int] = popular.transform_values(
    lambda count, context: context.partition, with_context=True
)
shown_table: Table[str, str] = shown
changes: Stream[str, str] = shown.to_stream()
final_hits: Table[Windowed[str], int] = hits.suppress(
    until_window_closes(max_records=1_000, max_bytes=1 << 20), name="final-hits"
)
calm: Table[str, str] = shown.suppress(
    until_time_limit("5s", max_records=9, when_full="shutdown"), name="calm"
)
latest_clicks: Table[str, Click] = clicks.to_table(name="latest-clicks")
shown.filter_not(lambda text: text == "none").to("shown")

history: Table[str, User] = app.table(
    "history", key=str, value=User, materialized=versioned("1h", memory=True)
)
counted_back: Table[str, int] = clicks.group_by_key().count(
    name="counted-back", materialized=versioned(timedelta(hours=1))
)


@clicks.join(history, how="left", grace="5s")
def as_it_was(click: Click, user: User | None) -> str:
    return click.url if user is None else user.name


@clicks.join(history, with_key=True, grace=5)
def as_it_was_by_key(key: str, click: Click, user: User) -> str:
    return key + click.url + user.name


met: Stream[str, str] = as_it_was
met_by_key: Stream[str, str] = as_it_was_by_key
prices = app.store("prices", key=str, value=float, versioned="1h")
assert_type(prices, Store[Versions[str, float]])


@clicks.map_values(store=prices)
def priced(click: Click, prices: Versions[str, float]) -> float:
    was = prices.get_as_of(click.url, 5)
    assert_type(was, VersionedRecord[float] | None)
    prices.put(click.url, 1.5)
    assert_type(prices.versions(click.url), list[VersionedRecord[float]])
    return 0.0 if was is None else was.value

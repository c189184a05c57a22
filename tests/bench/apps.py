"""The jobs as one writes them with the framework."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamz_core.app import App
from streamz_core.dsl.declared.windows import session, sliding, tumbling
from tests.bench.data import (
    PARTITIONS,
    VALUES,
    Click,
    Joined,
    JoinedInt,
    Pair,
    PairClick,
    PairInt,
    PairStr,
)

TABLES = ("table-aggregate", "fk-join")
"""Jobs whose source is a table."""


def make(job: str, value: str, name: str, source: str, target: str) -> App:
    """The app of a job on a value type."""
    app = App(name)
    source_of = app.table if job in TABLES else app.stream
    stream: Any = source_of(source, key=str, value=VALUES[value][0])
    out = app.topic(target, partitions=PARTITIONS)
    makers = {
        "stateless": stateless,
        "words": words,
        "window": window,
        "window-new": window,
        "session": sessions,
        "sliding": slides,
        "table-join": table_join,
        "stream-join": stream_join,
        "table-aggregate": table_aggregate,
        "fk-join": foreign_join,
    }
    makers[job](app, stream, value, source).to(out)
    return app


def stateless(_: App, stream: Any, value: str, __: str) -> Any:
    """Keep even v, map to (id, 2 v); for str: keep even lengths, double."""
    keep, change = {
        "int": (even_int, twice_int),
        "str": (even_str, twice_str),
        "frozen": (even_click, pair),
    }[value]
    return stream.filter(keep).map_values(change)


def words(_: App, stream: Any, value: str, __: str) -> Any:
    """Three words a record, grouped by word, counted."""
    split = {"int": three_ints, "str": three_strs, "frozen": three_words}[value]
    group = same_int if value == "int" else same_str
    return stream.flat_map_values(split).group_by(group).count(name="counts")


def window(_: App, stream: Any, value: str, __: str) -> Any:
    """Per key and 10 s window, grace 10 s: the sum of v, or a count for str."""
    grouped = stream.group_by_key().window(tumbling("10s", grace="10s"))
    if value == "str":
        return grouped.count(name="sums")
    add = add_int if value == "int" else add_click
    return grouped.aggregate(add, initial=int, name="sums")


def sessions(_: App, stream: Any, value: str, __: str) -> Any:
    """Per key the sessions with a gap of 1 s, grace 10 s: as `window`."""
    grouped = stream.group_by_key().window(session("1s", grace="10s"))
    if value == "str":
        return grouped.count(name="sums")
    add = add_int if value == "int" else add_click
    return grouped.aggregate(add, initial=int, merge=add_int, name="sums")


def slides(_: App, stream: Any, value: str, __: str) -> Any:
    """Per key the sliding windows of 1 s, grace 1 s: as `window`."""
    grouped = stream.group_by_key().window(sliding("1s", grace="1s"))
    if value == "str":
        return grouped.count(name="sums")
    add = add_int if value == "int" else add_click
    return grouped.aggregate(add, initial=int, name="sums")


def table_join(app: App, stream: Any, value: str, source: str) -> Any:
    """Left join with a table of names by key."""
    table = app.table(f"{source}-table", key=str, value=str)
    fn = {"int": join_int, "str": join_str, "frozen": join_click}[value]
    return stream.join(table, fn, how="left")


def stream_join(app: App, stream: Any, value: str, source: str) -> Any:
    """Left join with a second topic, within 100 ms, grace 1 s."""
    right = app.stream(f"{source}-right", key=str, value=VALUES[value][0])
    fn = {"int": pair_int, "str": pair_str, "frozen": pair_click}[value]
    return stream.join(right, fn, how="left", within="100ms", grace="1s")


def table_aggregate(_: App, table: Any, value: str, __: str) -> Any:
    """The rows grouped anew: the sum of v by v mod 97, by url, or for str a count by the value itself."""
    if value == "str":
        return table.group_by(same_str).count(name="sums")
    group = {"int": int_group, "frozen": url_of}[value]
    add, take = {"int": (add_int, take_int), "frozen": (add_click, take_click)}[value]
    return table.group_by(group).aggregate(add, initial=int, subtract=take, name="sums")


def foreign_join(app: App, table: Any, value: str, source: str) -> Any:
    """Left join with a table of names by a key that v tells, for str the number in the value."""
    names = app.table(f"{source}-table", key=str, value=str)
    fn = {"int": join_int, "str": join_str, "frozen": join_click}[value]
    on = {"int": name_of_int, "str": name_of_str, "frozen": name_of_click}[value]
    return table.join(names, fn, on=on, how="left", name="named")


def name_of_int(v: int) -> str:
    return "k%06d" % v


def name_of_str(v: str) -> str:
    return "k%06d" % int(v[2:])


def name_of_click(c: Click) -> str:
    return "k%06d" % c.v


def int_group(v: int) -> int:
    return v % 97


def url_of(c: Click) -> str:
    return c.url


def take_int(total: int, v: int) -> int:
    return total - v


def take_click(total: int, c: Click) -> int:
    return total - c.v


def even_int(v: int) -> bool:
    return v % 2 == 0


def twice_int(v: int) -> int:
    return 2 * v


def even_str(v: str) -> bool:
    return len(v) % 2 == 0


def twice_str(v: str) -> str:
    return v + v


def even_click(c: Click) -> bool:
    return c.v % 2 == 0


def pair(c: Click) -> Pair:
    return Pair(c.id, 2 * c.v)


def three_ints(v: int) -> Iterator[int]:
    return iter((v, v % 97, v % 7919))


def three_strs(v: str) -> Iterator[str]:
    return iter((v, v[:2], v[-2:]))


def three_words(c: Click) -> Iterator[str]:
    return iter((c.url, "v%d" % c.v, "m%d" % (c.id % 7919)))


def same_int(v: int) -> int:
    return v


def same_str(v: str) -> str:
    return v


def add_int(total: int, v: int) -> int:
    return total + v


def add_click(total: int, c: Click) -> int:
    return total + c.v


def join_int(v: int, name: str | None) -> JoinedInt:
    return JoinedInt(v, name)


def join_str(v: str, name: str | None) -> Joined:
    return Joined(v, name)


def join_click(c: Click, name: str | None) -> Joined:
    return Joined(c.url, name)


def pair_int(left: int, right: int | None) -> PairInt:
    return PairInt(left, right)


def pair_str(left: str, right: str | None) -> PairStr:
    return PairStr(left, right)


def pair_click(left: Click, right: Click | None) -> PairClick:
    return PairClick(left.id, None if right is None else right.id)

"""Small graphs for tests: nodes in order of declaration, with codecs that follow the parent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamz_core.codecs.carried.changes import change_codec
from streamz_core.codecs.carried.subscriptions import response_codec, subscription_codec
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.stores.subscribed.rows import subscriber_codec
from streamz_core.stores.suppressed.rows import suppressed_codec
from streamz_core.stores.unmatched.rows import unmatched_codecs
from streamz_core.stores.waiting.rows import waiting_codecs
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import JoinWindows, TimeWindows, Window

TEN_MS = TimeWindows(10, 10)
JOIN_MS = JoinWindows(10, 10)


def add(total: int, value: int) -> int:
    return total + value


def take(total: int, value: int) -> int:
    return total - value


def versions(name: str, history_ms: int) -> n.StoreSpec:
    """A store of ints that keeps what its rows were."""
    spans = {"retention_ms": history_ms, "history_ms": history_ms}
    return n.StoreSpec(name, "versioned", STR, INT, **spans)


class Shop:
    """Collects nodes; `graph()` is the app "shop"."""

    def __init__(self) -> None:
        self.nodes: list[n.Node] = []

    def add(self, made: type[Any], name: str, /, *parents: n.Node, **more: Any) -> Any:
        more.setdefault("key", parents[0].key if parents else STR)
        more.setdefault("value", parents[0].value if parents else INT)
        node = made(name=name, order=len(self.nodes), parents=parents, **more)
        self.nodes.append(node)
        return node

    def stream(self, *topics: str, **more: Any) -> n.Source:
        refs = tuple(n.TopicRef(topic) for topic in topics)
        return self.add(n.Source, topics[0], topics=refs, **more)

    def table(
        self, topic: str, store: str = "", history_ms: int | None = None, **more: Any
    ) -> n.TableSource:
        spec = n.StoreSpec(store, "timestamped", STR, INT) if store else None
        if history_ms is not None:
            spec = versions(store or topic, history_ms)
        return self.add(n.TableSource, topic, topic=n.TopicRef(topic), materialized=spec, **more)

    def rekey(self, name: str, parent: n.Node, call: Any = str) -> n.SelectKey:
        return self.add(n.SelectKey, name, parent, fn=n.Func(call, name), key=STR)

    def count(self, name: str, parent: n.Node, **more: Any) -> n.Aggregate:
        more.setdefault("store", n.StoreSpec(name, "timestamped", parent.key, INT))
        return self.add(n.Aggregate, name, parent, kind="count", value=INT, **more)

    def regroup(self, name: str, table: n.Node, call: Any = lambda value: str(value % 10)) -> Any:
        """A table of ints by another key."""
        fn = n.Func(call, name)
        return self.add(n.TableGroupBy, name, table, fn=fn, key=STR, value=change_codec(INT))

    def sum_rows(self, name: str, grouped: n.Node, **more: Any) -> n.TableAggregate:
        """The sum of the values of each group of a table."""
        functions = {"fn": n.Func(add, name), "subtract": n.Func(take, name)}
        more = {"kind": "aggregate", "initial": int, **functions} | more
        store = n.StoreSpec(name, "timestamped", STR, INT)
        return self.add(n.TableAggregate, name, grouped, store=store, value=INT, **more)

    def windowed(
        self, name: str, parent: n.Node, window: Window = TEN_MS, *, final: bool = False
    ) -> n.Aggregate:
        """A count by key and window."""
        retention, kind = window.least_retention_ms, window.store_kind
        store = n.StoreSpec(
            name, kind, STR, INT, retention_ms=retention, window=window, closing=final
        )
        more = {"window": window, "final": final, "key": window.codec(STR), "value": INT}
        return self.add(n.Aggregate, name, parent, kind="count", store=store, **more)

    def suppress(
        self, name: str, table: n.Node, wait_ms: int, *, until_closed: bool = False, **more: Any
    ) -> n.Suppress:
        """Holds the changes of a table back."""
        assert table.value is not None
        value = suppressed_codec(table.value)
        buffer = n.StoreSpec(f"{name}-buffer", "suppressed", table.key, value)
        more = {"buffer": buffer, "until_closed": until_closed, **more}
        return self.add(n.Suppress, name, table, wait_ms=wait_ms, **more)

    def cogroup(
        self,
        name: str,
        streams: Sequence[n.Node],
        window: Window | None = None,
        fns: Sequence[Any] = (),
        **more: Any,
    ) -> n.Cogroup:
        """A table into which several streams are aggregated: each adds what its function makes of a value."""
        kind = "timestamped" if window is None else window.store_kind
        retention = 0 if window is None else window.least_retention_ms
        spec = {"retention_ms": retention, "window": window, "shared": True}
        store = n.StoreSpec(name, kind, STR, INT, **spec)
        calls = fns or [
            lambda total, value, at=at: total + value * 100**at for at in range(len(streams))
        ]
        options: dict[str, Any] = {
            "fns": tuple(n.Func(call, name) for call in calls),
            "groupings": (None,) * len(streams),
            "inputs": tuple(one.name for one in streams),
            "key": STR if window is None else window.codec(STR),
        }
        more = {"store": store, "initial": int, "window": window, "value": INT, **options, **more}
        return self.add(n.Cogroup, name, *streams, **more)

    def join(
        self,
        name: str,
        stream: n.Node,
        table: n.Node,
        *,
        left: bool = False,
        grace_ms: int | None = None,
    ) -> Any:
        fn = n.Func(lambda one, other: one if other is None else one + other, name)
        more: dict[str, Any] = {"fn": fn, "left_outer": left, "grace_ms": grace_ms}
        if grace_ms is not None:
            assert stream.value is not None
            codecs = waiting_codecs(STR, stream.value)
            more["buffer"] = n.StoreSpec(f"{name}-buffer", "waiting", *codecs)
        return self.add(n.StreamTableJoin, name, stream, table, **more)

    def join_tables(
        self,
        name: str,
        left: n.Node,
        right: n.Node,
        *,
        how: str = "inner",
        store: str = "",
        fn: Any = lambda one, other: (one or 0) * 10 + (other or 0),
    ) -> n.TableTableJoin:
        """A join of two tables of ints, into (left, right) as the number "lr"."""
        return self.add(
            n.TableTableJoin,
            name,
            left,
            right,
            fn=n.Func(fn, name),
            left_outer=how != "inner",
            right_outer=how == "outer",
            materialized=n.StoreSpec(store, "timestamped", STR, INT) if store else None,
        )

    def refer(
        self,
        name: str,
        left: n.Node,
        right: n.Node,
        *,
        how: str = "inner",
        store: str = "",
        on: Any = lambda value: str(value % 10) if value % 10 else None,
        fn: Any = lambda one, other: one * 100 + (other or 0),
    ) -> n.ForeignKeyJoin:
        """A join of two tables by the key that `on` gives, of str keys and into ints."""
        assert left.value is not None
        assert right.value is not None
        outer = how != "inner"
        subscribe = self.add(
            n.Subscribe,
            f"{name}.on",
            left,
            fn=n.Func(on, name),
            left_outer=outer,
            key=STR,
            value=subscription_codec(STR),
        )
        kept = n.StoreSpec(f"{name}-subscriptions", "subscribed", subscriber_codec(STR, STR), BYTES)
        answers = self.add(
            n.Subscriptions,
            f"{name}-registration",
            subscribe,
            right,
            kept=kept,
            value=response_codec(right.value),
        )
        return self.add(
            n.ForeignKeyJoin,
            name,
            answers,
            left,
            fn=n.Func(fn, name),
            left_outer=outer,
            value=INT,
            materialized=n.StoreSpec(store, "timestamped", STR, INT) if store else None,
        )

    def meet(
        self,
        name: str,
        left: n.Node,
        right: n.Node,
        windows: JoinWindows = JOIN_MS,
        *,
        how: str = "inner",
        fn: Any = lambda one, other: (one or 0) * 10 + (other or 0),
    ) -> Any:
        """A join of two streams of ints, into (left, right) as the number "lr"."""
        assert left.value is not None
        assert right.value is not None
        outer = None
        if how != "inner":
            key, value = unmatched_codecs(STR, left.value, right.value)
            outer = n.StoreSpec(f"{name}-outer", "unmatched", key, value)
        kept = {
            f"{side}_store": n.StoreSpec(
                f"{name}-{side}",
                windows.store_kind,
                STR,
                parent.value,
                retention_ms=windows.least_retention_ms,
                window=windows,
            )
            for side, parent in (("left", left), ("right", right))
        }
        return self.add(
            n.StreamStreamJoin,
            name,
            left,
            right,
            fn=n.Func(fn, name),
            windows=windows,
            **kept,
            outer_store=outer,
            left_outer=how != "inner",
            right_outer=how == "outer",
            key=STR,
            value=INT,
        )

    def filter(
        self, name: str, parent: n.Node, store: str = "", spec: n.StoreSpec | None = None
    ) -> Any:
        fn = n.Func(lambda value: value > 0, name)
        if not isinstance(parent, n.TableNode):
            return self.add(n.Filter, name, parent, fn=fn)
        spec = n.StoreSpec(store, "timestamped", STR, INT) if store else spec
        return self.add(n.TableFilter, name, parent, fn=fn, materialized=spec)

    def to(self, topic: str, parent: n.Node, **more: Any) -> n.Sink:
        return self.add(n.Sink, f"to-{topic}", parent, topic=n.TopicRef(topic), **more)

    def graph(self) -> n.Graph:
        return n.Graph("shop", list(self.nodes))

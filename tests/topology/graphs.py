"""Small graphs for tests: nodes in order of declaration, with codecs that follow the parent."""

from __future__ import annotations

from typing import Any

from streamz_core.codecs.plain import INT, STR
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import TimeWindows, Window

TEN_MS = TimeWindows(10, 10)


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

    def table(self, topic: str, store: str = "", **more: Any) -> n.TableSource:
        spec = n.StoreSpec(store, "timestamped", STR, INT) if store else None
        return self.add(n.TableSource, topic, topic=n.TopicRef(topic), materialized=spec, **more)

    def rekey(self, name: str, parent: n.Node, call: Any = str) -> n.SelectKey:
        return self.add(n.SelectKey, name, parent, fn=n.Func(call, name), key=STR)

    def count(self, name: str, parent: n.Node, **more: Any) -> n.Aggregate:
        store = n.StoreSpec(name, "timestamped", parent.key, INT)
        return self.add(n.Aggregate, name, parent, kind="count", store=store, value=INT, **more)

    def windowed(self, name: str, parent: n.Node, window: Window = TEN_MS) -> n.Aggregate:
        """A count by key and window."""
        retention, kind = window.least_retention_ms, window.store_kind
        store = n.StoreSpec(name, kind, STR, INT, retention_ms=retention, window=window)
        key = window.codec(STR)
        return self.add(
            n.Aggregate, name, parent, kind="count", store=store, window=window, key=key, value=INT
        )

    def join(self, name: str, stream: n.Node, table: n.Node, *, left: bool = False) -> Any:
        fn = n.Func(lambda one, other: one if other is None else one + other, name)
        return self.add(n.StreamTableJoin, name, stream, table, fn=fn, left_outer=left)

    def filter(self, name: str, parent: n.Node, store: str = "") -> Any:
        fn = n.Func(lambda value: value > 0, name)
        if not isinstance(parent, n.TableNode):
            return self.add(n.Filter, name, parent, fn=fn)
        spec = n.StoreSpec(store, "timestamped", STR, INT) if store else None
        return self.add(n.TableFilter, name, parent, fn=fn, materialized=spec)

    def to(self, topic: str, parent: n.Node, **more: Any) -> n.Sink:
        return self.add(n.Sink, f"to-{topic}", parent, topic=n.TopicRef(topic), **more)

    def graph(self) -> n.Graph:
        return n.Graph("shop", list(self.nodes))

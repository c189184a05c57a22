"""A recorded case (tests/vectors/FORMAT.md) as a graph of nodes, without the DSL."""

from __future__ import annotations

from typing import Any

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import STR
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import TimeWindows
from tests.conformance.cases import Case, Spec
from tests.conformance.functions import (
    aggregator,
    extractor,
    flat_mapper,
    joiner,
    key_function,
    mapper,
    num,
    predicate,
    reducer,
)
from tests.conformance.processors import processor


def graph_of(case: Case, values: n.AnyCodec = JSON) -> n.Graph:
    """The topology of the case, with one codec for all values."""
    return _Translation(values).run(case)


class _Translation:
    def __init__(self, values: n.AnyCodec) -> None:
        self.values = values
        self.made: list[n.Node] = []
        self.by_id: dict[str, Any] = {}
        self.sources: dict[tuple[str, ...], n.Node] = {}

    def run(self, case: Case) -> n.Graph:
        for spec in case.nodes:
            getattr(self, f"op_{spec['op']}")(spec)
        return n.Graph("case", self.made)

    def add(self, spec: Spec, made: type[Any], /, *parents: n.Node, **more: Any) -> Any:
        more.setdefault("key", parents[0].key if parents else STR)
        more.setdefault("value", self.values)
        name = more.pop("name", spec.get("id", f"to{len(self.made)}"))
        node = made(name=name, order=len(self.made), parents=parents, **more)
        self.made.append(node)
        if "id" in spec and spec["op"] != "split":
            self.by_id[spec["id"]] = node
        return node

    def of(self, spec: Spec, at: int = 0) -> Any:
        of = spec["of"]
        return self.by_id[of[at] if isinstance(of, list) else of]

    def fn(self, spec: Spec, call: Any, **more: Any) -> n.Func:
        return n.Func(call, spec.get("id", "choose"), with_key=True, **more)

    def table_store(self, spec: Spec, parent: n.Node) -> n.StoreSpec | None:
        if "store" not in spec:
            return None
        return n.StoreSpec(spec["store"], "timestamped", key=parent.key, value=self.values)

    # ---- sources and sinks

    def op_stream(self, spec: Spec) -> None:
        topics = tuple(spec["topics"])
        if topics in self.sources:
            self.by_id[spec["id"]] = self.sources[topics]
            return
        extract = extractor(spec["extractor"]) if "extractor" in spec else None
        refs = tuple(n.TopicRef(topic) for topic in topics)
        self.sources[topics] = self.add(spec, n.Source, topics=refs, extractor=extract)

    def op_table(self, spec: Spec) -> None:
        extract = extractor(spec["extractor"]) if "extractor" in spec else None
        store = (
            n.StoreSpec(spec["store"], "timestamped", STR, self.values) if "store" in spec else None
        )
        topic = n.TopicRef(spec["topic"])
        self.add(spec, n.TableSource, topic=topic, extractor=extract, materialized=store)

    def op_to(self, spec: Spec) -> None:
        if "topic" in spec:
            self.add(spec, n.Sink, self.of(spec), topic=n.TopicRef(spec["topic"]))
            return
        topics = spec["topics"]
        choose = n.Func(lambda value: topics[num(value) % len(topics)], "choose")
        self.add(spec, n.Sink, self.of(spec), choose=choose)

    # ---- streams and tables

    def op_filter(self, spec: Spec, *, negate: bool = False) -> None:
        parent, fn = self.of(spec), self.fn(spec, predicate(spec["fn"]))
        if isinstance(parent, n.TableNode):
            store = self.table_store(spec, parent)
            self.add(spec, n.TableFilter, parent, fn=fn, negate=negate, materialized=store)
        else:
            self.add(spec, n.Filter, parent, fn=fn, negate=negate)

    def op_filter_not(self, spec: Spec) -> None:
        self.op_filter(spec, negate=True)

    def op_map_values(self, spec: Spec) -> None:
        parent, fn = self.of(spec), self.fn(spec, mapper(spec["fn"]))
        if isinstance(parent, n.TableNode):
            store = self.table_store(spec, parent)
            self.add(spec, n.TableMapValues, parent, fn=fn, materialized=store)
        else:
            self.add(spec, n.MapValues, parent, fn=fn)

    def op_transform_values(self, spec: Spec) -> None:
        parent, fn = self.of(spec), self.fn(spec, mapper(spec["fn"]))
        store = self.table_store(spec, parent)
        self.add(spec, n.TableMapValues, parent, fn=fn, on_null=True, materialized=store)

    # ---- streams

    def op_map(self, spec: Spec) -> None:
        keys, values = key_function(spec["key_fn"]), mapper(spec["fn"])
        fn = self.fn(spec, lambda k, v: (keys(k, v), values(k, v)))
        self.add(spec, n.Map, self.of(spec), fn=fn, key=STR)

    def op_select_key(self, spec: Spec) -> None:
        fn = self.fn(spec, key_function(spec["key_fn"]))
        self.add(spec, n.SelectKey, self.of(spec), fn=fn, key=STR)

    def op_flat_map(self, spec: Spec) -> None:
        keys, items = key_function(spec["key_fn"]), flat_mapper(spec["fn"])

        def flat(k: Any, v: Any) -> Any:
            for item in items(v):
                base = keys(k, v)
                yield (None if base is None else f"{base}.{item[1]}"), item

        self.add(spec, n.FlatMap, self.of(spec), fn=self.fn(spec, flat), key=STR)

    def op_flat_map_values(self, spec: Spec) -> None:
        items = flat_mapper(spec["fn"])
        self.add(spec, n.FlatMapValues, self.of(spec), fn=n.Func(items, spec["id"]))

    def op_peek(self, spec: Spec) -> None:
        self.add(spec, n.Peek, self.of(spec), fn=n.Func(lambda _: None, spec["id"]))

    def op_merge(self, spec: Spec) -> None:
        self.add(spec, n.Merge, self.of(spec, 0), self.of(spec, 1))

    def op_split(self, spec: Spec) -> None:
        split = self.add(spec, n.Split, self.of(spec), name=f"split{len(self.made)}")
        for arm in spec["branches"]:
            fn = self.fn(arm, predicate(arm["fn"]))
            self.add({"op": "branch", "id": arm["id"]}, n.Branch, split, fn=fn)
        if "default" in spec:
            self.add({"op": "branch", "id": spec["default"]}, n.Branch, split)

    def op_repartition(self, spec: Spec) -> None:
        self.add(spec, n.Repartition, self.of(spec))

    def op_process(self, spec: Spec, kind: type[n.Node] = n.Process) -> None:
        store = (n.StoreSpec(spec["store"], "plain", STR, self.values),) if "store" in spec else ()
        fn = n.Func(processor(spec["fn"]), spec["id"], stores=store)
        self.add(spec, kind, self.of(spec), fn=fn)

    def op_process_values(self, spec: Spec) -> None:
        self.op_process(spec, n.ProcessValues)

    # ---- tables out of streams

    def op_to_table(self, spec: Spec) -> None:
        parent = self.of(spec)
        self.add(spec, n.ToTable, parent, materialized=self.table_store(spec, parent))

    def op_to_stream(self, spec: Spec) -> None:
        stream = self.add(spec, n.ToStream, self.of(spec))
        if "key_fn" in spec:
            keys = self.fn(spec, key_function(spec["key_fn"]))
            self.add(spec, n.SelectKey, stream, fn=keys, key=STR)

    def op_group_by_key(self, spec: Spec) -> None:
        self.by_id[spec["id"]] = (self.of(spec), spec["id"], None)

    def op_group_by(self, spec: Spec) -> None:
        fn = self.fn(spec, key_function(spec["key_fn"]))
        selected = self.add(spec, n.SelectKey, self.of(spec), fn=fn, key=STR)
        self.by_id[spec["id"]] = (selected, spec["id"], None)

    def op_window(self, spec: Spec) -> None:
        parent, name, _ = self.of(spec)
        window = spec["window"]
        assert window["type"] in ("tumbling", "hopping")
        size = window["size"]
        made = TimeWindows(size, window.get("advance", size), window["grace"])
        self.by_id[spec["id"]] = (parent, name, made)

    def op_count(self, spec: Spec) -> None:
        self.aggregate(spec, "count")

    def op_reduce(self, spec: Spec) -> None:
        self.aggregate(spec, "reduce", fn=n.Func(reducer(spec["add"]), spec["id"]))

    def op_aggregate(self, spec: Spec) -> None:
        fold = self.fn(spec, aggregator(spec["add"]))
        first = spec.get("init")
        self.aggregate(spec, "aggregate", fn=fold, initial=lambda: first)

    def aggregate(self, spec: Spec, kind: str, **more: Any) -> None:
        parent, grouping, window = self.of(spec)
        store = n.StoreSpec(spec.get("store", spec["id"]), "timestamped", parent.key, self.values)
        key = parent.key
        if window is not None:
            store.kind = "window"
            store.window = window
            store.retention_ms = spec.get("retention", window.size_ms + window.grace_ms)
            key = window.codec(parent.key)
        self.add(
            spec,
            n.Aggregate,
            parent,
            kind=kind,
            store=store,
            key=key,
            window=window,
            grouping=grouping,
            **more,
        )

    def op_join(self, spec: Spec) -> None:
        left, right = self.of(spec, 0), self.of(spec, 1)
        fn = self.fn(spec, joiner(spec["fn"]))
        outer = spec["how"] == "left"
        self.add(spec, n.StreamTableJoin, left, right, fn=fn, left_outer=outer)

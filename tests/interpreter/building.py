"""The operators of each node of a case, in the words of the cases (tests/vectors/FORMAT.md)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.conformance import functions as f
from tests.conformance.processors import processor, timer
from tests.interpreter.aggregating import Aggregate, Folding, Pass, TimeWindows, Windowing
from tests.interpreter.changing import Changes, Expire
from tests.interpreter.foreign_keys import Answering, Resolve, Subscribe
from tests.interpreter.joining import StreamJoin, TableJoin
from tests.interpreter.planning import Plan, Step
from tests.interpreter.sessions import SessionWindows
from tests.interpreter.sliding import SlidingWindows
from tests.interpreter.stateless import (
    Deduplicate,
    Each,
    HopOut,
    Process,
    Sink,
    Split,
    ToStream,
    flat_map,
)
from tests.interpreter.stores import Rows, Sessions, Versions, Windows
from tests.interpreter.suppressing import Suppress, SuppressedTable
from tests.interpreter.table_joins import Join, JoinedTable, Keep
from tests.interpreter.tables import (
    Derived,
    DerivedTable,
    FilteredTable,
    GroupOut,
    KeptTable,
    Source,
    SourceTable,
    Table,
    TableAggregate,
)
from tests.interpreter.waiting import Waiting

Spec = dict[str, Any]
Fn = Callable[..., Any]


class Building:
    """What the nodes so far have made: `streams` and `tables` by id, `grouped` with their windows."""

    def __init__(
        self, nodes: list[Spec], width: int, *, memory: bool = False, at_commit: bool = False
    ) -> None:
        self.memory = memory
        self.at_commit = at_commit
        self.plan = Plan(width)
        self.nodes = nodes
        self.streams: dict[str, Step] = {}
        self.rekeyed: set[str] = set()
        self.tables: dict[str, tuple[Table, Step]] = {}
        self.grouped: dict[str, Spec] = {}
        self.everywhere: dict[str, Table] = {}
        self.stores: dict[str, Table | None] = {}
        self.shared: dict[str, Step] = {}
        self.open_for: dict[str, int] = {}
        self.told: dict[str, Step] = {}
        self.together = {one["of"] for each in nodes for one in each.get("inputs", ())}
        for node in nodes:
            getattr(self, f"op_{node['op']}")(node)

    def interleaves(self, partitions: int) -> bool:
        """Whether it matters which of two workers is the first: a part of the app reads several topics of which
        another one writes one, or tasks of several partitions write to one."""
        internal = set(self.plan.internal)
        rekeyed = any(node["op"] == "to" and node["of"] in self.rekeyed for node in self.nodes)
        if partitions > 1 and (internal or rekeyed):
            return True
        read = [{topic for step in group for topic in step.reads} for group in self.plan.groups()]
        return any(len(topics) > 1 and topics & internal for topics in read)

    # ---- sources and sinks

    def op_stream(self, node: Spec) -> None:
        self._read(node, node["topics"])

    def _read(self, node: Spec, topics: list[str]) -> Step:
        for topic in topics:
            self.plan.topic(topic)
        found = next((s for s in self.plan.steps if s.reads == topics), None)
        extractor = f.extractor(node["extractor"]) if "extractor" in node else None
        step = found or self.plan.step(
            lambda task: Each(task, lambda rec: [rec]), reads=topics, extractor=extractor
        )
        self.streams[node["id"]] = step
        return step

    def op_table(self, node: Spec) -> None:
        source = self._read(node, [node["topic"]])
        del self.streams[node["id"]]
        self._source_table(node, source, node.get("store"))

    def _source_table(self, node: Spec, source: Step, store: str | None) -> None:
        made = SourceTable(
            store or f"~{node['id']}", self._maker(node), versioned="versioned" in node
        )
        step = self.plan.step(lambda task: Source(task, made), source)
        self._table(node, made, step)

    def op_global_table(self, node: Spec) -> None:
        self.plan.topic(node["topic"])
        made = SourceTable(node.get("store", f"~{node['id']}"), Rows)
        self.everywhere[node["topic"]] = made
        self.tables[node["id"]] = (made, None)  # type: ignore[assignment]
        if "store" in node:
            self.stores[node["store"]] = made

    def op_to(self, node: Spec) -> None:
        names = node.get("topics") or [node["topic"]]
        topics = [self.plan.topic(name) for name in names]
        many = len(topics)

        def choose(rec: Any) -> Any:
            return topics[f.num(rec.value) % many if many > 1 else 0]

        self.plan.step(lambda task: Sink(task, choose), self._any(node["of"]))

    # ---- streams without state

    def _each(self, node: Spec, fn: Fn, *, rekeys: bool = False) -> None:
        step = self.plan.step(lambda task: Each(task, fn), self.streams[node["of"]])
        self._stream(node["id"], step, [node["of"]], rekeys=rekeys)

    def _stream(self, name: str, step: Step, of: list[str], *, rekeys: bool = False) -> None:
        self.streams[name] = step
        if rekeys or self.rekeyed & set(of):
            self.rekeyed.add(name)

    def op_filter(self, node: Spec) -> None:
        fn, wanted = f.predicate(node["fn"]), node["op"] == "filter"
        if node["of"] in self.tables:
            self._derived(node, FilteredTable, lambda k, v: bool(fn(k, v)) is wanted)
        else:
            self._each(node, lambda rec: [rec] if bool(fn(rec.key, rec.value)) is wanted else [])

    op_filter_not = op_filter

    def op_map_values(self, node: Spec) -> None:
        fn = f.mapper(node["fn"])
        if node["of"] in self.tables:
            nulls = node["op"] == "transform_values"
            self._derived(node, DerivedTable, fn, nulls=nulls)
        else:
            self._each(node, lambda rec: [rec._replace(value=fn(rec.key, rec.value))])

    op_transform_values = op_map_values

    def op_map(self, node: Spec) -> None:
        key, fn = f.key_function(node["key_fn"]), f.mapper(node["fn"])
        self._each(
            node,
            lambda r: [r._replace(key=key(r.key, r.value), value=fn(r.key, r.value))],
            rekeys=True,
        )

    def op_select_key(self, node: Spec) -> None:
        key = f.key_function(node["key_fn"])
        self._each(node, lambda r: [r._replace(key=key(r.key, r.value))], rekeys=True)

    def op_flat_map(self, node: Spec) -> None:
        fn = flat_map(f.key_function(node["key_fn"]), f.flat_mapper(node["fn"]))
        self._each(node, fn, rekeys=True)

    def op_flat_map_values(self, node: Spec) -> None:
        fn = f.flat_mapper(node["fn"])
        self._each(node, lambda rec: [rec._replace(value=item) for item in fn(rec.value)])

    def op_peek(self, node: Spec) -> None:
        self._each(node, lambda rec: [rec])

    def op_merge(self, node: Spec) -> None:
        parents = [self.streams[one] for one in node["of"]]
        step = self.plan.step(lambda task: Each(task, lambda rec: [rec]), *parents)
        self._stream(node["id"], step, node["of"])

    def op_split(self, node: Spec) -> None:
        tests = [f.predicate(branch["fn"]) for branch in node["branches"]]
        names = [branch["id"] for branch in node["branches"]]
        if "default" in node:
            tests.append(lambda _k, _v: True)
            names.append(node["default"])
        split = self.plan.step(lambda task: Split(task, tests), self.streams[node["of"]])
        for name in names:
            step = self.plan.step(lambda task: Each(task, lambda rec: [rec]), split)
            self._stream(name, step, [node["of"]])

    def op_repartition(self, node: Spec) -> None:
        self.streams[node["id"]] = self._hop(node["of"], node["id"], node["id"])

    def op_process(self, node: Spec) -> None:
        fn, every = processor(node["fn"]), timer(node["fn"])
        store = node.get("store")
        step = self.plan.step(
            lambda task: Process(task, fn, store, every), self.streams[node["of"]]
        )
        self._stream(node["id"], step, [node["of"]], rekeys=node["op"] == "process")
        if store is not None:
            self.stores[store] = None

    op_process_values = op_process

    def op_deduplicate(self, node: Spec) -> None:
        of, by = node["of"], f.key_function(node["by"]) if "by" in node else None
        name = node["id"]
        stream = self._hop(of, name, name) if of in self.rekeyed else self.streams[of]
        step = self.plan.step(
            lambda task: Deduplicate(task, node["within"], node["grace"], by), stream
        )
        self.told[name] = step
        self._stream(name, step, [])

    # ---- tables

    def _table(self, node: Spec, made: Table, step: Step) -> None:
        if "ttl" in node:
            step = self.plan.step(lambda task: Expire(task, made, node["ttl"]), step)
        if node.get("emit") == "changes":
            step = self.plan.step(lambda task: Changes(task, made), step)
        elif self.at_commit and node.get("emit") != "final":
            step = self.plan.step(lambda task: Waiting(task, made), step)
        self.tables[node["id"]] = (made, step)
        if "store" in node:
            self.stores[node["store"]] = made

    def _maker(self, node: Spec) -> Callable[[], Any] | None:
        if "versioned" in node:
            return lambda: Versions(node["versioned"])
        return Rows if "store" in node else None

    def _derived(self, node: Spec, kind: Any, fn: Fn, **more: Any) -> None:
        parent, above = self.tables[node["of"]]
        maker = self._maker(node)
        versioned = "versioned" in node if maker else parent.versioned
        name = node.get("store", f"~{node['id']}")
        made = kind(name, maker, parent, fn, versioned=versioned, **more)
        self._table(node, made, self.plan.step(lambda task: Derived(task, made), above))

    def op_to_table(self, node: Spec) -> None:
        of = node["of"]
        name = node.get("store", node["id"])
        stream = self._hop(of, name, node["id"]) if of in self.rekeyed else self.streams[of]
        self._source_table(node, stream, node.get("store"))

    def op_to_stream(self, node: Spec) -> None:
        key = f.key_function(node["key_fn"]) if "key_fn" in node else None
        step = self.plan.step(lambda task: ToStream(task, key), self.tables[node["of"]][1])
        self._stream(node["id"], step, [], rekeys=key is not None)

    def op_suppress(self, node: Spec) -> None:
        parent, above = self.tables[node["of"]]
        closes = node["until"] == "window_closes"
        span = self._open_for(node["of"]) if closes else node["ms"]
        name = f"~{node['id']}"
        most = node.get("max_records")
        made = SuppressedTable(name, parent, span, closes=closes, most=most)
        self._table(node, made, self.plan.step(lambda task: Suppress(task, made), above))

    def _open_for(self, of: str) -> int:
        """How long behind its end a window of a table may still change."""
        if of in self.open_for:
            return self.open_for[of]
        node = next(node for node in self.nodes if node.get("id") == of)
        parents = node["of"] if isinstance(node["of"], list) else [node["of"]]
        return max(self._open_for(parent) for parent in parents)

    # ---- aggregates

    def op_group_by_key(self, node: Spec) -> None:
        of = node["of"]
        self.grouped[node["id"]] = {"of": of, "hop": of in self.rekeyed, "id": node["id"]}

    def op_group_by(self, node: Spec) -> None:
        key = f.key_function(node["key_fn"])
        if node["of"] in self.tables:
            fn = f.mapper(node["fn"])
            self.tables[node["of"]][0].tell_old(force=True)
            pair = lambda k, v: (key(k, v), fn(k, v))  # noqa: E731
            self.grouped[node["id"]] = {"of": node["of"], "pair": pair, "id": node["id"]}
            return
        step = self.plan.step(
            lambda task: Each(task, lambda r: [r._replace(key=key(r.key, r.value))]),
            self.streams[node["of"]],
        )
        self.streams[node["id"]] = step
        self.grouped[node["id"]] = {"of": node["id"], "hop": True, "id": node["id"]}

    def op_window(self, node: Spec) -> None:
        self.grouped[node["id"]] = {**self.grouped[node["of"]], "window": node["window"]}

    def op_count(self, node: Spec) -> None:
        folding = Folding(lambda _k, n, _v: n + 1, lambda: 0, lambda _k, x, y: x + y)
        self._aggregate(node, folding, lambda _k, n, _v: n - 1)

    def op_reduce(self, node: Spec) -> None:
        add = f.reducer(node["add"])
        subtract = f.reducer(node.get("subtract", ["first"]))
        self._aggregate(
            node, Folding(lambda _, x, y: add(x, y), None), lambda _, x, y: subtract(x, y)
        )

    def op_aggregate(self, node: Spec) -> None:
        add, subtract = f.aggregator(node["add"]), f.aggregator(node.get("subtract", ["last"]))
        self._aggregate(node, Folding(add, self._initial(node), self._merge(node)), subtract)

    def op_cogroup(self, node: Spec) -> None:
        windowing = self._windowing(node.get("window"), node)
        table = self._aggregated(node, node.get("window"), final=False)
        steps = []
        for one in node["inputs"]:
            folding = Folding(f.aggregator(one["add"]), self._initial(node), self._merge(node))
            stream = self._grouped_stream(self.grouped[one["of"]], node)
            steps.append(self._folded(node, stream, table, folding, windowing))
        for step in steps[1:]:
            step.ties.append(steps[0])
        self._table(node, table, self.plan.step(Pass, *steps))

    def _initial(self, node: Spec) -> Fn:
        return lambda: copy.deepcopy(node["init"])

    def _merge(self, node: Spec) -> Fn | None:
        if "merge" not in node:
            return None
        merge = f.reducer(node["merge"])
        return lambda _, x, y: merge(x, y)

    def _aggregate(self, node: Spec, folding: Folding, subtract: Fn) -> None:
        grouped = self.grouped[node["of"]]
        if "pair" in grouped:
            self._of_table(node, grouped, folding, subtract)
            return
        window = grouped.get("window")
        final = node.get("emit") == "final"
        table = self._aggregated(node, window, final=final)
        stream = self._grouped_stream(grouped, node)
        step = self._folded(node, stream, table, folding, self._windowing(window, node))
        self.told[node["id"]] = step
        self._table(node, table, step)

    def _of_table(self, node: Spec, grouped: Spec, folding: Folding, subtract: Fn) -> None:
        name = node.get("store", node["id"])
        hop = grouped["id"] if grouped["id"] in self.together else name
        table = KeptTable(name, self._maker(node) or Rows, versioned="versioned" in node)
        source = self.shared.get(hop)
        if source is None:
            topic = self.plan.topic(f"{hop}-repartition", internal=True)
            self.plan.step(
                lambda task: GroupOut(task, topic, grouped["pair"]), self.tables[grouped["of"]][1]
            )
            source = self._from_hop(topic.name)
            self.shared[hop] = source
        self._table(
            node,
            table,
            self.plan.step(
                lambda task: TableAggregate(task, table, folding.add, subtract, folding.initial),
                source,
            ),
        )

    def _windowing(self, window: Spec | None, node: Spec) -> Any:
        if window is None:
            return None
        if window["type"] == "session":
            self.open_for[node["id"]] = window["gap"] + window["grace"] + 1
            return window
        traced = bool(node.get("traced"))
        made = Windowing(window, final=node.get("emit") == "final", traced=traced)
        self.open_for[node["id"]] = made.grace + (window["type"] == "sliding")
        return made

    def _aggregated(self, node: Spec, window: Spec | None, *, final: bool) -> Table:
        name = node.get("store", node["id"])
        if window is None:
            return KeptTable(name, self._maker(node) or Rows, versioned="versioned" in node)
        kept, kind = node.get("retention"), window["type"]
        if kind == "session":
            kept = kept or window["gap"] + window["grace"]
            return KeptTable(name, lambda: Sessions(kept))
        reach = {
            "unlimited": lambda: 1 << 62,
            "sliding": lambda: 2 * window["diff"] + window["grace"],
        }.get(kind, lambda: window["size"] + window["grace"])
        kept = kept or reach()
        edge = int(final and not self.memory)
        return KeptTable(name, lambda: Windows(kept, edge=edge))

    def _folded(
        self, node: Spec, stream: Step, table: Table, folding: Folding, windowing: Any
    ) -> Step:
        if windowing is None:
            return self.plan.step(lambda task: Aggregate(task, table, folding), stream)
        if isinstance(windowing, dict):
            final = node.get("emit") == "final"
            return self.plan.step(
                lambda task: SessionWindows(
                    task, table, folding, windowing, final=final, traced=bool(node.get("traced"))
                ),
                stream,
            )
        kind: Any = SlidingWindows if windowing.kind == "sliding" else TimeWindows
        return self.plan.step(lambda task: kind(task, table, folding, windowing), stream)

    def _grouped_stream(self, grouped: Spec, node: Spec) -> Step:
        if not grouped["hop"]:
            return self.streams[grouped["of"]]
        name = grouped["id"] if grouped["id"] in self.together else node.get("store", node["id"])
        if name not in self.shared:
            below = grouped["id"] if grouped["id"] in self.together else node["id"]
            self.shared[name] = self._hop(grouped["of"], name, below)
        return self.shared[name]

    # ---- joins

    def op_join(self, node: Spec) -> None:
        left, right = node["of"]
        joiner = f.joiner(node["fn"])
        if right in self.tables and self.tables[right][1] is None:
            self._join_everywhere(node, joiner)
        elif left in self.tables:
            self._join_tables(node, joiner)
        elif right in self.tables:
            table, above = self.tables[right]
            table.look_up()
            name = node["id"]
            stream = (
                self._hop(left, f"{name}-left", name)
                if left in self.rekeyed
                else self.streams[left]
            )
            grace = node.get("grace")
            step = self.plan.step(
                lambda task: TableJoin(task, node["how"], joiner, table, None, grace),
                stream,
                ties=[above],
            )
            self._stream(node["id"], step, [])
        else:
            self._join_streams(node, joiner)

    def _join_streams(self, node: Spec, joiner: Fn) -> None:
        sides = []
        for side, one in zip(("left", "right"), node["of"], strict=True):
            hop = one in self.rekeyed
            sides.append(
                self._hop(one, f"{node['id']}-{side}", node["id"]) if hop else self.streams[one]
            )
        window = node["window"]
        step = self.plan.step(
            lambda task: StreamJoin(
                task, node["how"], joiner, window, traced=bool(node.get("traced"))
            ),
            (sides[0], 0),
            (sides[1], 1),
        )
        self.told[node["id"]] = step
        self._stream(node["id"], step, [])

    def _join_everywhere(self, node: Spec, joiner: Fn) -> None:
        left, right = node["of"]
        table, on = self.tables[right][0], f.key_function(node["key_fn"])
        both = node["fn"][0] == "pair_keys"
        fn = joiner if both else (lambda k, _row, x, y: joiner(k, x, y))
        step = self.plan.step(
            lambda task: TableJoin(task, node["how"], fn, table, on, None), self.streams[left]
        )
        self._stream(node["id"], step, [left])

    def _join_tables(self, node: Spec, joiner: Fn) -> None:
        sides = [self.tables[one] for one in node["of"]]
        name = node.get("store", f"~{node['id']}")
        made = JoinedTable(
            name,
            self._maker(node),
            [table for table, _ in sides],
            node["how"],
            joiner,
            versioned="versioned" in node,
        )
        join = self.plan.step(lambda task: Join(task, made), (sides[0][1], 0), (sides[1][1], 1))
        self._table(node, made, self.plan.step(lambda task: Keep(task, made), join))

    def op_fk_join(self, node: Spec) -> None:
        (left, above), (right, beside) = (self.tables[one] for one in node["of"])
        foreign, joiner = f.key_function(node["key_fn"]), f.joiner(node["fn"])
        # The form without the key gets none.
        on = foreign if node["fn"][0] == "pair_key" else (lambda _, value: foreign(None, value))
        keeps = node["how"] == "left"
        right.tell_old(force=True)
        left.tell_old(force=True)
        name = node.get("store", node["id"])
        out = self.plan.topic(f"{name}-subscription", internal=True)
        back = self.plan.topic(f"{name}-response", internal=True)
        self.plan.step(lambda task: Subscribe(task, out, on, left=keeps), above)
        asked = self._from_hop(out.name)
        self.plan.step(lambda task: Answering(task, back, right), (asked, 0), (beside, 1))
        answered = self._from_hop(back.name)
        answered.ties.append(above)
        solved = self.plan.step(lambda task: Resolve(task, left, joiner, left=keeps), answered)
        self._source_table(node, solved, node.get("store"))

    def op_late(self, node: Spec) -> None:
        step = self.plan.step(
            lambda task: Each(task, lambda rec: [rec]), late_of=self.told[node["of"]]
        )
        self._stream(node["id"], step, [])

    # ---- parts

    def _any(self, name: str) -> Step:
        return self.tables[name][1] if name in self.tables else self.streams[name]

    def _from_hop(self, topic: str) -> Step:
        return self.plan.step(lambda task: Each(task, lambda rec: [rec]), reads=[topic])

    def _hop(self, of: str, name: str, below: str) -> Step:
        topic = self.plan.topic(f"{name}-repartition", internal=True)
        keyless = self._relaxed(below)
        self.plan.step(lambda task: HopOut(task, topic, keyless), self.streams[of])
        return self._from_hop(topic.name)

    def _relaxed(self, below: str) -> bool:
        """Whether `below`, or a step behind it, is a join that takes records without a key."""
        behind = {below}
        for node in self.nodes:
            given = node.get("of", [one["of"] for one in node.get("inputs", ())])
            of = set(given if isinstance(given, list) else [given])
            if of & behind:
                behind |= {node.get("id"), *(one["id"] for one in node.get("branches", ()))}
                behind |= {node["default"]} if "default" in node else set()
        return any(
            node["op"] == "join" and node["id"] in behind and self._takes_keyless(node)
            for node in self.nodes
        )

    def _takes_keyless(self, node: Spec) -> bool:
        if node["how"] == "inner":
            return False
        return "window" in node or not self._makes_table(node["of"][0])

    def _makes_table(self, name: str) -> bool:
        node = next(
            (n for n in self.nodes if name == n.get("id") or name in _branches(n)), {"op": ""}
        )
        op = node["op"]
        if op in ("table", "to_table", "count", "reduce", "aggregate", "cogroup"):
            return True
        if op in ("suppress", "fk_join", "transform_values"):
            return True
        if op in ("filter", "filter_not", "map_values"):
            return self._makes_table(node["of"])
        return op == "join" and "window" not in node and self._makes_table(node["of"][0])


def _branches(node: Spec) -> set[str]:
    return {one["id"] for one in node.get("branches", ())} | {node.get("default", "")}

"""From a case to an App, through the public DSL: each op by the method of its name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from streamz_core import (
    App,
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
from tests.conformance import functions as f
from tests.conformance.cases import Case, Json, Spec
from tests.conformance.processors import processor, timer
from tests.conformance.shape import kinds
from tests.conformance.supported import missing

ANY: Any = object
"""The type of the values of a case: any JSON, written by the self-describing codec."""


SETTINGS = ("max_task_idle_ms",)
"""What the config of a case has that is a setting of the app."""


CACHED = {"emit": "commit"}
"""What a record cache is here."""

OPTIMIZED = {"topology_optimization": "all"}
"""What Kafka's optimizer may do, which changes no result."""

EACH = {"poll_records_max": 1, "commit_interval_ms": 0}
"""A commit behind each record that a task takes, as in Kafka's test driver."""

HANDLED = ("deserialization", "processing")
"""Errors for which there is a handler to be set."""


class NotBuilt(Exception):
    """The library has no method for what the case needs. Says "not built: op"."""


@frozen
class Built:
    """An app, and the topics it may write to. Its stores bear the names that the case gives."""

    app: App
    outputs: list[str] = field(factory=list)


def build(case: Case, values: Any = ANY, *, each: bool = True) -> Built:
    """The app of the case, its values written as `values` says. `each`: where commits show, one behind each
    record.

    Raises NotBuilt, or what the library raises where it refuses.
    """
    lacking = missing(case)
    if lacking:
        raise NotBuilt(f"not built: {', '.join(lacking)}")
    return assemble(case, values, each=each)


def assemble(case: Case, values: Any = ANY, *, each: bool = True) -> Built:
    """As `build`, whatever the case needs: nodes that only we have, too."""
    steps = Steps(case, values, EACH if each else {})
    for node in case.nodes:
        getattr(steps, f"op_{node['op']}")(node)
    return steps.built


class Steps:
    """What the nodes so far have made, by id; one method for each op."""

    def __init__(self, case: Case, values: Any, each: dict[str, int]) -> None:
        self.values = values
        settings = {name: case.config[name] for name in SETTINGS if name in case.config}
        settings |= CACHED | each if case.cached else {}
        self.optimized = bool(case.config.get("optimize"))
        settings |= OPTIMIZED if self.optimized else {}
        for when, decision in case.config.get("on_error", {}).items():
            if when in HANDLED:
                settings[f"{when}_exception_handler"] = decision
        self.app: Any = App(case.name, **settings)  # untyped: a case decides the types of its steps
        self.built = Built(self.app)
        self.kinds = kinds(case)
        self.made: dict[str, Any] = {}
        # Two streams that are re-keyed for one aggregate need a topic each, by the name of the grouping.
        self.together = {one["of"] for each in case.nodes for one in each.get("inputs", ())}
        self.kept: Any = memory() if case.config.get("stores") == "memory" else True

    # ---- sources and sinks

    def op_stream(self, node: Spec) -> None:
        self.made[node["id"]] = self.app.stream(
            node["topics"], key=str, value=self.values, timestamp=extractor_of(node)
        )

    def op_table(self, node: Spec) -> None:
        if self.optimized:
            # A broker refuses records without a key where it compacts; the driver that recorded did not.
            plain = {"cleanup.policy": "delete"}
            self.app.topic(node["topic"], key=str, value=self.values, config=plain)
        self.made[node["id"]] = self.app.table(
            node["topic"],
            key=str,
            value=self.values,
            timestamp=extractor_of(node),
            name=node.get("store"),
            **self._keeping(node),
        )

    def op_global_table(self, node: Spec) -> None:
        self.made[node["id"]] = self.app.global_table(
            node["topic"],
            key=str,
            value=self.values,
            name=node.get("store"),
            materialized=None if self.kept is True else self.kept,
        )

    def op_to(self, node: Spec) -> None:
        if "topic" in node:
            self._of(node).to(node["topic"])
            self.built.outputs.append(node["topic"])
            return
        topics = [self.app.topic(topic, key=str, value=self.values) for topic in node["topics"]]
        self._of(node).to(lambda value: topics[f.num(value) % len(topics)].name)
        self.built.outputs.extend(node["topics"])

    # ---- without a key change

    def op_filter(self, node: Spec) -> None:
        self._with_function(node, f.predicate(node["fn"]), keyed=node["fn"][0] == "key_in")

    op_filter_not = op_filter

    def op_map_values(self, node: Spec) -> None:
        keyed = node["fn"][0] == "with_key"
        self._with_function(node, f.mapper(node["fn"]), keyed=keyed, value=self.values)

    op_transform_values = op_map_values

    def op_flat_map_values(self, node: Spec) -> None:
        items = f.flat_mapper(node["fn"])
        self.made[node["id"]] = self._of(node).flat_map_values(
            items, name=node["id"], value=self.values
        )

    def op_peek(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).peek(lambda _: None, name=node["id"])

    def op_merge(self, node: Spec) -> None:
        left, right = (self.made[parent] for parent in node["of"])
        self.made[node["id"]] = left.merge(right, name=node["id"], value=self.values)

    def op_deduplicate(self, node: Spec) -> None:
        by = (
            {"by": f.key_function(node["by"]), "with_key": True, "key": str} if "by" in node else {}
        )
        self.made[node["id"]] = self._of(node).deduplicate(
            within=ms(node["within"]), grace=ms(node["grace"]), name=node["id"], **by
        )

    def op_late(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).late

    def op_split(self, node: Spec) -> None:
        split = self._of(node).split(name=node["id"])
        for branch in node["branches"]:
            fn, options = _called(f.predicate(branch["fn"]), keyed=branch["fn"][0] == "key_in")
            self.made[branch["id"]] = split.branch(fn, name=branch["id"], **options)
        if "default" in node:
            self.made[node["default"]] = split.default(name=node["default"])

    # ---- with a key change

    def op_map(self, node: Spec) -> None:
        key, value = f.key_function(node["key_fn"]), f.mapper(node["fn"])
        self.made[node["id"]] = self._of(node).map(
            lambda k, v: (key(k, v), value(k, v)),
            with_key=True,
            name=node["id"],
            key=str,
            value=self.values,
        )

    def op_flat_map(self, node: Spec) -> None:
        key, items = f.key_function(node["key_fn"]), f.flat_mapper(node["fn"])

        def pairs(k: f.Key, v: Json) -> list[tuple[str | None, Json]]:
            new = key(k, v)
            return [
                (None if new is None else f"{new}.{i}", item) for i, item in enumerate(items(v))
            ]

        self.made[node["id"]] = self._of(node).flat_map(
            pairs, with_key=True, name=node["id"], key=str, value=self.values
        )

    def op_select_key(self, node: Spec) -> None:
        key = f.key_function(node["key_fn"])
        self.made[node["id"]] = self._of(node).select_key(
            key, with_key=True, name=node["id"], key=str
        )

    def op_repartition(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).repartition(name=node["id"])

    def op_process(self, node: Spec) -> None:
        self._process(node, key=str)

    def op_process_values(self, node: Spec) -> None:
        self._process(node)

    def _process(self, node: Spec, **sides: Any) -> None:
        stores = []
        if "store" in node:
            in_memory = self.kept is not True
            stores = [self.app.store(node["store"], key=str, value=self.values, memory=in_memory)]
        made = getattr(self._of(node), node["op"])(
            processor(node["fn"]), stores=stores, name=node["id"], value=self.values, **sides
        )
        self.made[node["id"]] = made
        every = timer(node["fn"])
        if every is not None:
            name = f"{node['id']}-timer"
            made.punctuate(ms(every.every_ms), every.fn, stores=stores, name=name, **every.options)

    # ---- tables and aggregates

    def op_to_table(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).to_table(
            name=node.get("store", node["id"]), **self._keeping(node)
        )

    def op_to_stream(self, node: Spec) -> None:
        if "key_fn" not in node:
            self.made[node["id"]] = self._of(node).to_stream(name=node["id"])
            return
        self.made[node["id"]] = self._of(node).to_stream(
            f.key_function(node["key_fn"]), with_key=True, name=node["id"], key=str
        )

    def op_suppress(self, node: Spec) -> None:
        bound = {"max_records": node["max_records"]} if "max_records" in node else {}
        until = (
            until_window_closes(**bound)
            if node["until"] == "window_closes"
            else until_time_limit(ms(node["ms"]), **bound)
        )
        self.made[node["id"]] = self._of(node).suppress(until, name=node["id"])

    def op_group_by_key(self, node: Spec) -> None:
        name = node["id"] if node["id"] in self.together else None
        self.made[node["id"]] = self._of(node).group_by_key(name=name)

    def op_group_by(self, node: Spec) -> None:
        key = f.key_function(node["key_fn"])
        if self.kinds[node["id"]] != "grouped table":
            name = node["id"] if node["id"] in self.together else None
            self.made[node["id"]] = self._of(node).group_by(key, with_key=True, key=str, name=name)
            return
        value = f.mapper(node["fn"])
        self.made[node["id"]] = self._of(node).group_by(
            lambda k, v: (key(k, v), value(k, v)),
            with_key=True,
            pairs=True,
            key=str,
            value=self.values,
        )

    def op_window(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).window(_window(node["window"]))

    def op_count(self, node: Spec) -> None:
        self.made[node["id"]] = self._of(node).count(**self._aggregated(node))

    def op_reduce(self, node: Spec) -> None:
        options = {"subtract": f.reducer(node["subtract"])} if "subtract" in node else {}
        self.made[node["id"]] = self._of(node).reduce(
            f.reducer(node["add"]), value=self.values, **options, **self._aggregated(node)
        )

    def op_aggregate(self, node: Spec) -> None:
        keyed = any(node.get(part, [""])[0] == "append_key" for part in ("add", "subtract"))
        fn, options = _called(f.aggregator(node["add"]), keyed=keyed)
        if "subtract" in node:
            options["subtract"], _ = _called(f.aggregator(node["subtract"]), keyed=keyed)
        self.made[node["id"]] = self._of(node).aggregate(
            fn,
            initial=lambda: copy.deepcopy(node["init"]),
            value=self.values,
            **options,
            **self._aggregated(node),
            **self._merging(node, options),
        )

    def op_cogroup(self, node: Spec) -> None:
        made: Any = None
        for one in node["inputs"]:
            fn, options = _called(f.aggregator(one["add"]), keyed=one["add"][0] == "append_key")
            grouped = self.made[one["of"]]
            made = (
                grouped.cogroup(fn, **options)
                if made is None
                else made.cogroup(grouped, fn, **options)
            )
        if "window" in node:
            made = made.window(_window(node["window"]))
        self.made[node["id"]] = made.aggregate(
            initial=lambda: copy.deepcopy(node["init"]),
            value=self.values,
            **self._aggregated(node),
            **self._merging(node, {}),
        )

    def op_join(self, node: Spec) -> None:
        left, right = (self.made[parent] for parent in node["of"])
        if "key_fn" in node:
            self._join_global(node, left, right)
            return
        fn, options = _called(f.joiner(node["fn"]), keyed=node["fn"][0] == "pair_key")
        if self.kinds[node["id"]] == "table":
            options |= self._keeping(node)
        options |= {name: ms(span) for name, span in node.get("window", {}).items()}
        if "grace" in node:
            options["grace"] = ms(node["grace"])
        options |= _traced(node)
        self.made[node["id"]] = left.join(
            right,
            fn,
            how=node["how"],
            name=node.get("store", node["id"]),
            value=self.values,
            **options,
        )

    def _join_global(self, node: Spec, left: Any, right: Any) -> None:
        both = node["fn"][0] == "pair_keys"
        self.made[node["id"]] = left.join(
            right,
            f.joiner(node["fn"]),
            on=f.key_function(node["key_fn"]),
            how=node["how"],
            name=node["id"],
            value=self.values,
            **({"with_keys": True} if both else {"with_key": True}),
        )

    def op_fk_join(self, node: Spec) -> None:
        left, right = (self.made[parent] for parent in node["of"])
        fn, options = _called(f.joiner(node["fn"]), keyed=node["fn"][0] == "pair_key")
        key = f.key_function(node["key_fn"])
        self.made[node["id"]] = left.join(
            right,
            fn,
            on=key if options else lambda value: key(None, value),
            how=node["how"],
            name=node.get("store", node["id"]),
            value=self.values,
            **self._keeping(node),
            **options,
        )

    # ---- parts

    def _of(self, node: Spec) -> Any:
        return self.made[node["of"]]

    def _with_function(
        self, node: Spec, fn: Callable[..., Any], *, keyed: bool, **sides: Any
    ) -> None:
        """The method of the op's name, of a stream or a table; a table may be materialized."""
        fn, options = _called(fn, keyed=keyed)
        if self.kinds[node["id"]] == "table":
            options |= self._keeping(node)
        name = node.get("store", node["id"])
        method = getattr(self._of(node), node["op"])
        self.made[node["id"]] = method(fn, name=name, **options, **sides)

    def _keeping(self, node: Spec) -> dict[str, Any]:
        """What a table is told of its rows, and of what goes on."""
        emit = {"emit": node["emit"]} if "emit" in node else {}
        return {"materialized": self._materialized(node), **emit}

    def _materialized(self, node: Spec) -> Any:
        if "ttl" in node:
            return expiring(ms(node["ttl"]), memory=self.kept is not True)
        if "versioned" in node:
            return versioned(ms(node["versioned"]))
        return self.kept if "store" in node else None

    def _merging(self, node: Spec, options: dict[str, Any]) -> dict[str, Any]:
        """The merger of sessions, called as the aggregator is."""
        if "merge" not in node:
            return {}
        merge = f.reducer(node["merge"])
        return {"merge": (lambda _, x, y: merge(x, y)) if options else merge}

    def _aggregated(self, node: Spec) -> dict[str, Any]:
        """Options that all aggregates have. The store bears the name of the step."""
        told = "versioned" in node or "ttl" in node
        kept = self._materialized(node) if told else self.kept
        options = {"name": node.get("store", node["id"]), "materialized": kept}
        if "retention" in node:
            options["retention"] = ms(node["retention"])
        if "emit" in node:
            options["emit"] = node["emit"]
        return options | _traced(node)


def _traced(node: Spec) -> dict[str, Any]:
    """Whether results that come later have headers of their own: no word of recorded cases."""
    return {"headers": "kept"} if node.get("traced") else {}


def _called(fn: Callable[..., Any], *, keyed: bool) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The function and its options: with the key, or without, for which `fn` gets None."""
    if keyed:
        return fn, {"with_key": True}
    return lambda *values: fn(None, *values), {}


def extractor_of(node: Spec) -> Any:
    return f.extractor(node["extractor"]) if "extractor" in node else None


def _window(window: Spec) -> Any:
    if window["type"] == "unlimited":
        return unlimited(window["start"])
    grace = ms(window["grace"])
    if window["type"] == "session":
        return session(ms(window["gap"]), grace=grace)
    if window["type"] == "sliding":
        return sliding(ms(window["diff"]), grace=grace)
    if window["type"] == "hopping":
        return hopping(ms(window["size"]), ms(window["advance"]), grace=grace)
    return tumbling(ms(window["size"]), grace=grace)


def ms(duration: int) -> str:
    return f"{duration}ms"

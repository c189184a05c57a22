"""From what was declared to the graph: names and codecs settled, nodes made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field

from streamz_core.codecs.codec import Codec
from streamz_core.dsl.declared.drafts import Draft, Drafts
from streamz_core.dsl.declared.topics import Memory, Store, Topic
from streamz_core.dsl.names import Name, settle_names
from streamz_core.dsl.resolve import Resolver, Sides, given_codec, needed
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes

PASSED_ON = (
    "negate",
    "on_null",
    "partitions",
    "left_outer",
    "kind",
    "initial",
    "window",
    "grouping",
    "extractor",
)
"""Fields of drafts that go into nodes as they are."""


def build(drafts: Drafts, stores: Mapping[str, Store[Any]]) -> nodes.Graph:
    """The graph of an app; TopologyError names the steps that do not fit together."""
    _check_sources(drafts.all)
    names = settle_names(drafts, stores)
    making = _Making(names, Resolver(drafts.topics), _store_specs(stores), _topic_refs(drafts))
    made = [making.node(draft) for draft in drafts.all]
    return nodes.Graph(
        app=drafts.app,
        nodes=made,
        stores=list(making.stores.values()),
        topics=list(making.topics.values()),
        notes=making.resolver.notes,
    )


@define(eq=False)
class _Making:
    """One build: what is known so far."""

    names: Mapping[Draft, Name]
    resolver: Resolver
    stores: dict[str, nodes.StoreSpec]
    topics: dict[str, nodes.TopicRef]
    made: dict[Draft, nodes.Node] = field(factory=dict)

    def node(self, draft: Draft) -> nodes.Node:
        name, sides = self.names[draft], self.resolver.sides(draft)
        self._check_written(draft, sides)
        node = draft.op.node(
            name=name.text,
            named=name.identity,
            order=draft.order,
            parents=tuple(self.made[parent] for parent in draft.parents),
            key=_or_none(sides.key),
            value=_or_none(sides.value),
            **draft.op.fields,
            **{part: draft.fields[part] for part in PASSED_ON if part in draft.fields},
            **self._own(draft, name.text, sides),
        )
        self.made[draft] = node
        return node

    def _own(self, draft: Draft, name: str, sides: Sides) -> dict[str, Any]:
        """What only this kind of node has."""
        own: dict[str, Any] = {}
        if draft.fn is not None:
            stores = tuple(self.stores[store.name] for store in draft.fn.stores)
            fn = nodes.Func(draft.fn.call, name, draft.fn.with_key, stores)
            own["choose" if draft.op.node is nodes.Sink else "fn"] = fn
        if draft.op.node is nodes.Aggregate:
            own["store"] = _aggregate_store(draft, name, sides)
        elif draft.fields.get("materialized"):
            own["materialized"] = _table_store(draft, name, sides)
        if draft.op.node is nodes.Sink and draft.fn is None:
            own["topic"] = self.topics[draft.fields["topic"]]
        elif draft.op.node is nodes.Source:
            own["topics"] = tuple(self.topics[topic] for topic in draft.fields["topics"])
        elif draft.op.node is nodes.TableSource:
            own["topic"] = self.topics[draft.fields["topics"][0]]
        return own

    def _check_written(self, draft: Draft, sides: Sides) -> None:
        """Codecs must be known where records leave the process or go into a store."""
        writes = issubclass(draft.op.node, nodes.Sink | nodes.Repartition | nodes.ToTable)
        stores = draft.op.node is nodes.Aggregate or bool(draft.fields.get("materialized"))
        if writes or stores:
            needed(sides.key, draft, "writes its keys")
            needed(sides.value, draft, "writes its values")
        elif draft.op.node is nodes.StreamTableJoin:
            needed(sides.key, draft, "looks keys up")
        hops = (nodes.Aggregate, nodes.StreamTableJoin)
        if draft.op.node in hops and draft.parents[0].rekeyed:
            value = self.resolver.sides(draft.parents[0]).value
            needed(value, draft.parents[0], f"is repartitioned for {draft.shown}")


def _or_none(side: Any) -> nodes.AnyCodec | None:
    return side if isinstance(side, Codec) else None


def _aggregate_store(draft: Draft, name: str, sides: Sides) -> nodes.StoreSpec:
    window = draft.fields["window"]
    key = needed(sides.key if sides.inner is None else sides.inner, draft, "stores its keys")
    return nodes.StoreSpec(
        name,
        "timestamped" if window is None else window.store_kind,
        key=key,
        value=needed(sides.value, draft, "stores its values"),
        memory=isinstance(draft.fields["materialized"], Memory),
        retention_ms=draft.fields["retention_ms"],
        window=window,
    )


def _table_store(draft: Draft, name: str, sides: Sides) -> nodes.StoreSpec:
    return nodes.StoreSpec(
        name,
        "timestamped",
        key=needed(sides.key, draft, "stores its keys"),
        value=needed(sides.value, draft, "stores its values"),
        memory=isinstance(draft.fields["materialized"], Memory),
    )


def _store_specs(stores: Mapping[str, Store[Any]]) -> dict[str, nodes.StoreSpec]:
    return {
        name: nodes.StoreSpec(
            name,
            "plain",
            key=given_codec(store.key, "key", f"app.store({name!r})"),
            value=given_codec(store.value, "value", f"app.store({name!r})"),
            memory=store.in_memory,
        )
        for name, store in stores.items()
    }


def _topic_refs(drafts: Drafts) -> dict[str, nodes.TopicRef]:
    """Every topic the app names: what it reads, what it writes, what it only describes."""
    read = [topic for draft in drafts.all for topic in draft.fields.get("topics", ())]
    written = [draft.fields["topic"] for draft in drafts.all if draft.fields.get("topic")]
    refs = {}
    for name in (*read, *written, *drafts.topics):
        about = drafts.topics.get(name, Topic(name))
        place = f"app.topic({name!r})"
        refs[name] = nodes.TopicRef(
            name,
            key=given_codec(about.key, "key", place),
            value=given_codec(about.value, "value", place),
            partitions=about.partitions,
        )
    return refs


def _check_sources(drafts: Iterable[Draft]) -> None:
    """A topic enters an app once."""
    readers: dict[str, Draft] = {}
    for draft in drafts:
        for topic in draft.fields.get("topics", ()):
            other = readers.setdefault(topic, draft)
            if other is draft:
                continue
            shown = [f"app.{each.op.name}({each.name!r})" for each in (other, draft)]
            raise TopologyError(
                f"the topic {topic!r} is read by {shown[0]} and by {shown[1]}; read it once, and "
                "hang both on that: a stream becomes a table by to_table(), a table a stream by "
                "to_stream(), streams of several topics come together by merge()"
            )

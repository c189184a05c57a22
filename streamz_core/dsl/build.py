"""From what was declared to the graph: names and codecs settled, nodes made. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field

from streamz_core.codecs.codec import Codec
from streamz_core.dsl.declared.drafts import Draft, Drafts
from streamz_core.dsl.declared.sides import Side, Sides, needed
from streamz_core.dsl.declared.steps.said import Settled
from streamz_core.dsl.declared.topics import Store, Topic
from streamz_core.dsl.names import Name, place, settle_names
from streamz_core.dsl.resolve import Resolver
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes
from streamz_core.topology.traits import When, ports_of, readable_in, stores_kept


def build(drafts: Drafts, stores: Mapping[str, Store[Any]]) -> nodes.Graph:
    """The graph of an app; TopologyError names the steps that do not fit together."""
    _check_sources(drafts.all)
    names = settle_names(drafts, stores)
    resolver = Resolver(drafts.topics)
    making = _Making(names, resolver, _store_specs(stores, resolver), _topics(drafts, resolver))
    made = [making.node(draft) for draft in drafts.all]
    return nodes.Graph(
        app=drafts.app,
        nodes=made,
        stores=list(making.stores.values()),
        topics=list(making.topics.values()),
        notes=resolver.notes,
    )


@define(eq=False)
class _Making:
    """One build: what is known so far."""

    names: Mapping[Draft[Any], Name]
    resolver: Resolver
    stores: dict[str, nodes.StoreSpec]
    topics: dict[str, nodes.TopicRef]
    made: dict[Draft[Any], nodes.Node] = field(factory=dict)
    views: dict[str, nodes.StoreSpec] = field(factory=dict)  # what functions may read besides

    def node(self, draft: Draft[Any]) -> nodes.Node:
        """The node of a step; those of its parents were made before."""
        name, sides = self.names[draft], self.resolver.sides(draft)
        self._check_needed(draft, sides)
        settled = self._settled(draft, sides)
        own = {**draft.op.fields, **draft.said.fields(settled)}
        if draft.fn is not None:
            own[draft.op.function] = settled.func(draft.fn)
        self.made[draft] = draft.op.node(
            name=name.text,
            named=name.identity,
            order=draft.order,
            parents=tuple(self.made[parent] for parent in draft.parents),
            key=_or_none(sides.key),
            value=_or_none(sides.value),
            **own,
        )
        self._check_hops(draft)
        self._check_writers(draft)
        for spec in readable_in(self.made[draft]):
            self.views[spec.name] = spec
        return self.made[draft]

    def _settled(self, draft: Draft[Any], sides: Sides) -> Settled:
        above = self.names[draft.parents[0]].text if draft.parents else ""
        name = self.names[draft].text
        parents = [self.resolver.known(parent) for parent in draft.parents]
        stores = {**self.stores, **self.views}
        return Settled(draft.shown, name, above, sides, parents, self.topics, stores)

    def _check_needed(self, draft: Draft[Any], sides: Sides) -> None:
        """Codecs must be known where records leave the process, and where keys are looked up."""
        for side, why in draft.op.needs:
            needed(getattr(sides, side), draft.shown, why)

    def _check_writers(self, draft: Draft[Any]) -> None:
        """What another step alone writes is only read."""
        for spec in stores_kept(self.made[draft]):
            writer = draft.owner.writers.get(spec.name, draft)
            if writer is not draft:
                raise TopologyError(
                    f"{draft.shown} would write to the store {spec.name!r}, which {writer.shown} alone writes; hand it what "
                    f"{writer.op.name} returned, which is read"
                )

    def _check_hops(self, draft: Draft[Any]) -> None:
        """Values must have a codec where they are repartitioned; keys get that of the step behind."""
        for (_, port, _), parent in zip(ports_of(self.made[draft]), draft.parents, strict=True):
            if port.hop is When.REKEYED and parent.rekeyed:
                value = self.resolver.sides(parent).value
                needed(value, parent.shown, f"is repartitioned for {draft.shown}")


def _or_none(side: Side) -> nodes.AnyCodec | None:
    return side if isinstance(side, Codec) else None


def _store_specs(
    stores: Mapping[str, Store[Any]], resolver: Resolver
) -> dict[str, nodes.StoreSpec]:
    return {
        name: nodes.StoreSpec(
            name,
            store.kind,
            key=resolver.given_or_none(store.key, "key", f"app.store({name!r})"),
            value=resolver.given_or_none(store.value, "value", f"app.store({name!r})"),
            memory=store.in_memory,
            retention_ms=store.retention_ms,
            window=store.window,
            logged=store.logged,
            changelog=store.changelog,
            history_ms=store.history_ms,
            ttl_ms=store.ttl_ms,
        )
        for name, store in stores.items()
    }


def _topics(drafts: Drafts, resolver: Resolver) -> dict[str, nodes.TopicRef]:
    """Every topic the app names: what it reads, what it writes, what it only describes."""
    read = [topic for draft in drafts.all for topic in draft.said.reads]
    written = [draft.said.writes for draft in drafts.all if draft.said.writes is not None]
    refs = {}
    for name in (*read, *written, *drafts.topics):
        about = drafts.topics.get(name, Topic(name))
        where = f"app.topic({name!r})"
        refs[name] = nodes.TopicRef(
            name,
            key=resolver.given_or_none(about.key, "key", where),
            value=resolver.given_or_none(about.value, "value", where),
            partitions=about.partitions,
            config=about.config,
        )
    return refs


def _check_sources(drafts: Sequence[Draft[Any]]) -> None:
    """A topic enters an app once, also where a pattern would match it."""
    readers: dict[str, Draft[Any]] = {}
    for draft in drafts:
        for topic in draft.said.reads:
            other = readers.setdefault(topic, draft)
            if other is not draft:
                raise TopologyError(
                    f"the topic {topic!r} is read by {place(other)} and by {place(draft)}; read it "
                    "once, and hang both on that: a stream becomes a table by to_table(), a table a "
                    "stream by to_stream(), streams of several topics come together by merge()"
                )
    for draft in drafts:
        for topic in draft.said.matching(readers):
            raise TopologyError(
                f"the topic {topic!r}, which {place(readers[topic])} reads, matches the pattern of {place(draft)}: "
                "a topic enters an app once; make the pattern narrower"
            )

"""What an app reads and writes, by its schemas: compared with what the broker knows before the first record."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from attrs import evolve

from streamz_core.broker.backend import Backend, next_offset
from streamz_core.broker.schemas import (
    Telling,
    Use,
    check,
    check_own,
    check_writer,
    register,
    uses_of,
)
from streamz_core.codecs.plain import BYTES
from streamz_core.codecs.schemas import Schema, schema_of
from streamz_core.codecs.sharing.forms import codec_name
from streamz_core.errors import CodecError, Misuse, TopologyError
from streamz_core.runtime.job import Job
from streamz_core.runtime.topics import said_of
from streamz_core.stores.kinds import form_of, rows_text
from streamz_core.topology.nodes import AnyCodec, Graph, Node, StoreSpec, TopicRef
from streamz_core.topology.plan import Plan
from streamz_core.topology.traits import chooses_topics, topics_read, topics_written

_WAYS = (
    "give the store another name (name=), so that a new one is built, let the app begin anew "
    "(streamz reset APP), or run it under another name"
)

_WAYS_OF_HOPS = (
    "let the app of before process what is left there, let this one begin anew (streamz reset APP), or run it "
    "under another name"
)


def tell_schemas(job: Job, backend: Backend) -> None:
    """Compare what the app reads with what was written, then tell what it writes.

    The topics must be there. Misuse names the topic or the store, both types and the ways out.
    """
    stores = [
        use
        for spec in job.plan.stores.values()
        if spec.name not in job.plan.sourced
        for use in _of_store(job.plan, spec)
    ]
    own = {hop.topic for hop in job.plan.hops}
    reads = [use for each in _inputs(job) for use in _of_topic(own, *each)]
    written = [use for each in _outputs(job) for use in _of_topic(own, *each)]
    fresh = {use.topic for use in written if not _left(job, backend, use.topic, own)}

    def refuse() -> None:
        check(backend, [*reads, *stores], job.name, fresh)
        check_writer(backend, written, job.name, fresh)

    refuse()  # before the first word of it is told
    taken = [use for use in reads if use.topic not in own]
    told = Telling([*written, *stores], list(_anywhere(job)), job.name, taken, fresh)
    register(backend, told, refuse)


def check_store(plan: Plan, backend: Backend, spec: StoreSpec) -> None:
    """Misuse, as at the app's start, for a store that would be read as something else than it is."""
    check(backend, _of_store(plan, spec))


def tell_chosen(graph: Graph, backend: Backend, topic: str, key: AnyCodec, value: AnyCodec) -> None:
    """The same of a topic that a record chose, before the first is written there; Misuse."""
    uses = uses_of(topic, key, value)
    check_said(graph, topic, key, value)
    register(backend, Telling(uses), lambda: check_writer(backend, uses, graph.app))


def check_shared(graph: Graph) -> None:
    """TopologyError where steps of the app itself write a topic in two forms, or as it does not read it: nobody
    was told of it yet, so that a first run would go on with values that are others.
    """
    outputs = list(_stated(graph, topics_written))
    reads = [use for one in _stated(graph, topics_read) for use in uses_of(*one)]
    known: list[Use] = []
    for one in outputs:
        uses = uses_of(*one)
        try:
            check_own(graph.app, [*reads, *known], uses)
        except Misuse as error:
            raise TopologyError(str(error)) from None
        # Two versions of a class may go to one topic, an int and a class may not.
        known += [evolve(use, check=use.claim) if use.side == "value" else use for use in uses]


def check_said(graph: Graph, topic: str, key: AnyCodec, value: AnyCodec) -> None:
    """Misuse unless the app could go on with a topic of its own that is written so. Nobody has to have
    been told what it takes it for: it may not have run yet, or only describe the topic."""
    said = [(own or BYTES, other or BYTES) for own, other in said_of(graph, topic)]
    own_uses = [use for codecs in said for use in uses_of(topic, *codecs)]
    check_own(graph.app, own_uses, uses_of(topic, key, value))


def _of_topic(own: Container[str], topic: str, key: AnyCodec, value: AnyCodec) -> Iterator[Use]:
    """The sides of a topic; of one of the app's `own` the user does not choose another one."""
    for use in uses_of(topic, key, value):
        yield evolve(use, way_out=_WAYS_OF_HOPS) if topic in own else use


def _left(job: Job, backend: Backend, topic: str, own: Container[str]) -> bool:
    """Whether something is still to be read there that was written before."""
    parts = range(backend.topic(topic).partitions)
    if topic in own:
        app = job.name
        return any(next_offset(backend, app, topic, at) < backend.end(topic, at) for at in parts)
    return any(backend.start(topic, at) < backend.end(topic, at) for at in parts)


def _inputs(job: Job) -> Iterator[tuple[str, AnyCodec, AnyCodec]]:
    """(topic, key, value) of what the app reads, hops too."""
    yield from ((one.topic, one.key, one.value) for sub in job.plan.subs for one in sub.inputs)
    for table in job.plan.everywhere.values():
        if table.key is not None and table.value is not None:
            yield table.topic.name, table.key, table.value


def _outputs(job: Job) -> Iterator[tuple[str, AnyCodec, AnyCodec]]:
    """(topic, key, value) of what the app writes, as far as the topics are fixed."""
    yield from ((hop.topic, hop.key, hop.value) for hop in job.plan.hops)
    yield from _stated(job.graph, topics_written)


def _stated(
    graph: Graph, topics: Callable[[Node], list[TopicRef]]
) -> Iterator[tuple[str, AnyCodec, AnyCodec]]:
    """(topic, key, value) of what steps read, or write, as far as the topics are fixed."""
    for node in graph.nodes:
        for topic in topics(node):
            key, value = node.key or topic.key, node.value or topic.value
            if key is not None and value is not None:
                yield topic.name, key, value


def _anywhere(job: Job) -> Iterator[Schema]:
    """The schemas of what goes to topics that each record chooses."""
    nodes: list[Node] = [node for node in job.graph.nodes if chooses_topics(node)]
    for codec in (codec for node in nodes for codec in (node.key, node.value)):
        yield from () if codec is None else codec.schemas()


def _of_store(plan: Plan, spec: StoreSpec) -> Iterator[Use]:
    topic, place = plan.changelog(spec.name), f"the store {spec.name!r} of {plan.app}"
    for side, codec in (("key", spec.key), ("value", spec.value)):
        if codec is not None:
            about = f"the {side}s of {place.removeprefix('the ')}"
            yield Use(topic, side, codec.schema, codec.check, codec.schemas(), about, _WAYS)
    form = schema_of(("codec", form_of(spec)))

    def same(written: Schema) -> None:
        if written != form:
            raise CodecError(
                f"it holds {rows_text(codec_name(written))}, and would be read as {rows_text(form_of(spec))}"
            )

    yield Use(topic, "store", form, same, (), place, _WAYS)

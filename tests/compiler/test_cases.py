"""The recorded cases of Kafka Streams, run on compiled graphs without the runtime."""

import json
from pathlib import Path

import pytest

from streamz_core.codecs.free import JSON, JsonCodec
from streamz_core.codecs.plain import STR
from streamz_core.record import Windowed
from streamz_core.testing.driver import StoreUnderTest
from streamz_core.topology.traits import chooses_topics, topics_written
from tests.compiler.harness import World, record
from tests.conformance.build import build
from tests.conformance.cases import read_cases
from tests.conformance.drive import row_as_json, told, version_as_json
from tests.conformance.shape import hops
from tests.conformance.supported import must_pass

VECTORS = Path(__file__).parents[1] / "vectors"
GROUPS = (
    "stateless",
    "rules-stateless",
    "window-tumbling",
    "window-hopping",
    "window-session",
    "window-sliding",
    "window-tumbling-final",
    "window-hopping-final",
    "window-sliding-final",
    "window-session-final",
    "rules-final",
    "rules-windows",
    "join-stream-table",
    "join-stream-global",
    "aggregate",
    "rules-aggregate",
    "rules-join-stream-table",
    "table-stateless",
    "table-aggregate",
    "rules-tables",
    "cogroup",
    "join-table-table",
    "rules-join-table-table",
    "join-foreign-key",
    "rules-join-foreign-key",
    "timestamps",
    "versioned-tables",
    "rules-versioned",
    "join-stream-table-versioned",
)
# Two inputs, an extractor, or a hop in every case of these.
ALONE = (
    "cogroup",
    "join-stream-table",
    "join-stream-global",
    "rules-join-stream-table",
    "join-table-table",
    "join-foreign-key",
    "rules-join-foreign-key",
    "table-aggregate",
    "timestamps",
    "join-stream-table-versioned",
)
BATCHED = tuple(group for group in GROUPS if group not in ALONE)


class Kept(JsonCodec):
    """Says that its values may be kept as objects; the functions of the cases change none."""

    immutable = True


class KeptColumns(Kept):
    """The same, and columns are encoded at the end of a batch."""

    def encode_all(self, values):
        return [None if value is None else self.encode(value) for value in values]


CODECS = {"decoded anew": JSON, "kept": Kept(), "kept, by columns": KeptColumns()}


def cases(group):
    every = [case for case in read_cases([VECTORS / f"{group}.jsonl.xz"]) if must_pass(case)]
    found = [case for case in every if case.error_expected is None]
    assert found, f"there is no case to run in {group}"
    return found


def graph_of(case, codec):
    """The topology of the case, with one codec for all values."""
    return build(case, codec).app.build()


def encode(codec, value):
    return None if value is None else codec.encode(value)


def row_of(entry):
    headers = tuple((name, text.encode()) for name, text in entry.get("headers", []))
    return encode(STR, entry["key"]), encode(JSON, entry["value"]), entry["ts"], headers


def codecs_of(graph):
    """(key, value) codecs by topic; of sinks that choose one, under None."""
    found = {}
    for node in graph.nodes:
        names = [topic.name for topic in topics_written(node)]
        for name in [*names, None] if chooses_topics(node) else names:
            found[name] = (node.key, node.value)
    return found


def outputs_of(world, graph):
    codecs = codecs_of(graph)
    found = []
    for topic, row in world.out:
        one = record(row, *(codecs.get(topic) or codecs[None]))
        output = {"topic": topic, "key": one.key, "value": one.value, "ts": one.timestamp}
        if isinstance(one.key, Windowed):
            output |= {"key": one.key.key, "window": [one.key.start, one.key.end]}
        if one.headers:
            output["headers"] = [[name, text.decode()] for name, text in one.headers]
        found.append(output)
    return found


def by_topic(outputs):
    found = {}
    for output in outputs:
        plain = {name: value for name, value in output.items() if name != "after"}
        found.setdefault(output["topic"], []).append(plain)
    return found


def stores_of(case, world):
    found = {
        copy.spec.name: [row_as_json(row) for row in copy.rows()] for copy in world.copies.values()
    }
    for task in world.tasks.values():
        for spec in task.sub.stores:
            if spec.name in case.stores_expected:
                found[spec.name] = rows_of(case, task, spec)
    return found


def rows_of(case, task, spec):
    rows, versions = task.rows(spec.name), task.versions(spec.name)
    if versions is None:
        return [row_as_json(row) for row in rows if told(case, row)]
    store = StoreUnderTest(spec, [versions], [versions])
    return [version_as_json(store, *row[:2]) for row in case.stores_expected[spec.name]]


def same_rows(want, got):
    return sorted(map(json.dumps, want)) == sorted(map(json.dumps, got))


def pipe(world, inputs):
    for entry in inputs:
        if "advance_wall_clock_ms" in entry:
            for task in world.tasks.values():
                task.now += entry["advance_wall_clock_ms"]
        elif entry["topic"] in world.copies:
            world.copies[entry["topic"]].take(row_of(entry))
        elif entry["topic"] in world.readers:
            world.send(entry["topic"], row_of(entry))
            world.run()


def compare(case, graph, world):
    assert by_topic(outputs_of(world, graph)) == by_topic(case.outputs_expected), case.name
    stores = stores_of(case, world)
    for name, rows in case.stores_expected.items():
        assert same_rows(rows, stores[name]), (case.name, rows, stores[name])


def check(case, *, codec=JSON, fused=True):
    graph = graph_of(case, codec)
    world = World(graph, fused=fused)
    pipe(world, case.inputs)
    compare(case, graph, world)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("group", GROUPS)
def test_cases_of_kafka_hold(group, codec):
    for case in cases(group):
        check(case, codec=codec)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_function_for_each_node_gives_the_same(group, codec):
    for case in cases(group):
        check(case, codec=codec, fused=False)


@pytest.mark.parametrize("how", ["restart", "restore"])
@pytest.mark.parametrize("group", GROUPS)
def test_a_new_start_after_every_third_record_changes_nothing(group, how):
    for case in cases(group):
        graph = graph_of(case, JSON)
        world = World(graph)
        for at in range(0, len(case.inputs), 3):
            pipe(world, case.inputs[at : at + 3])
            for task in world.tasks.values():
                getattr(task, how)()
        compare(case, graph, world)


def in_one_batch(case):
    """Whether all inputs may come at once: nothing that happens meanwhile decides their order."""
    topics = {entry.get("topic") for entry in case.inputs}
    extractors = any("extractor" in node for node in case.nodes)
    return len(topics) == 1 and None not in topics and not hops(case) and not extractors


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("group", BATCHED)
def test_one_batch_gives_the_same(group, codec):
    found = [case for case in cases(group) if in_one_batch(case)]
    assert found, f"no case of {group} can be run in one batch"
    for case in found:
        graph = graph_of(case, codec)
        world = World(graph)
        world.run_batch(case.inputs[0]["topic"], [row_of(entry) for entry in case.inputs])
        compare(case, graph, world)


def test_no_group_that_could_be_run_in_one_batch_is_left_out():
    rest = [group for group in GROUPS if group not in BATCHED]
    assert not [case.name for group in rest for case in cases(group) if in_one_batch(case)]


def test_there_are_as_many_cases_as_there_should_be():
    assert sum(len(cases(group)) for group in GROUPS) >= 186

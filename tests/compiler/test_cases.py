"""The recorded cases of Kafka Streams, run on compiled graphs without DSL and runtime."""

import json
from pathlib import Path

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import STR
from streamz_core.record import Windowed
from streamz_core.topology.nodes import Sink
from tests.compiler.harness import World, record
from tests.compiler.translate import graph_of
from tests.conformance.cases import read_cases
from tests.conformance.supported import must_pass

VECTORS = Path(__file__).parents[1] / "vectors"
GROUPS = (
    "stateless",
    "rules-stateless",
    "window-tumbling",
    "window-hopping",
    "join-stream-table",
    "aggregate",
    "rules-aggregate",
    "rules-join-stream-table",
    "table-stateless",
    "timestamps",
)
# Needs a node of every sub-topology in one task: the stream time of another one is told.
SHARED_TASK = frozenset[str]()


def cases(group):
    found = read_cases([VECTORS / f"{group}.jsonl.xz"])
    return [case for case in found if must_pass(case) and case.name not in SHARED_TASK]


def encode(codec, value):
    return None if value is None else codec.encode(value)


def row_of(entry):
    headers = tuple((name, text.encode()) for name, text in entry.get("headers", []))
    return encode(STR, entry["key"]), encode(JSON, entry["value"]), entry["ts"], headers


def outputs_of(world, graph):
    codecs = {
        node.topic.name: node.key for node in graph.nodes if isinstance(node, Sink) and node.topic
    }
    found = []
    for topic, row in world.out:
        one = record(row, codecs.get(topic, STR), JSON)
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


def stores_of(world, names):
    found = {}
    for task in world.tasks.values():
        for spec in task.sub.stores:
            if spec.name in names:
                found[spec.name] = [as_case(row) for row in task.rows(spec.name)]
    return found


def as_case(row):
    key, *rest = row
    return [key.key, [key.start, key.end], *rest] if isinstance(key, Windowed) else [key, *rest]


def same_rows(want, got):
    return sorted(map(json.dumps, want)) == sorted(map(json.dumps, got))


def run(case, *, fused=True):
    graph = graph_of(case)
    world = World(graph, fused=fused)
    for entry in case.inputs:
        if "advance_wall_clock_ms" in entry:
            for task in world.tasks.values():
                task.now += entry["advance_wall_clock_ms"]
            continue
        if entry["topic"] in world.readers:
            world.send(entry["topic"], row_of(entry))
            world.run()
    return graph, world


def check(case, *, fused=True):
    graph, world = run(case, fused=fused)
    assert by_topic(outputs_of(world, graph)) == by_topic(case.outputs_expected), case.rule
    stores = stores_of(world, case.stores_expected)
    for name, rows in case.stores_expected.items():
        assert same_rows(rows, stores[name]), (name, rows, stores[name])


@pytest.mark.parametrize("group", GROUPS)
def test_cases_of_kafka_hold(group):
    for case in cases(group):
        check(case)


@pytest.mark.parametrize("group", GROUPS)
def test_a_function_for_each_node_gives_the_same(group):
    for case in cases(group):
        check(case, fused=False)


def test_there_are_as_many_cases_as_there_should_be():
    assert sum(len(cases(group)) for group in GROUPS) + len(SHARED_TASK) == 186

"""A smaller trial that still differs: without steps, records and settings that do not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve

from tests.chaos.topologies.shapes import parents
from tests.chaos.topologies.trial import Trial

Spec = dict[str, Any]

TRIES = 1_500

PASSING = (
    "filter",
    "filter_not",
    "map_values",
    "transform_values",
    "peek",
    "suppress",
    "process_values",
)
"""Ops whose children may hang on what they hang on themselves."""


def shrink(trial: Trial, differs: Callable[[Trial], bool], tries: int = TRIES) -> Trial:
    """`differs` of what is given stays true. Ends after so many tries."""
    left = tries
    moved = True
    while moved and left > 0:
        moved = False
        for smaller in _smaller(trial):
            if smaller == trial:
                continue
            left -= 1
            if left <= 0:
                break
            if differs(smaller):
                trial, moved = smaller, True
                break
    return trial


def _smaller(trial: Trial) -> Iterator[Trial]:
    yield from _settings(trial)
    yield from _records(trial)
    yield from _steps(trial)


def _settings(trial: Trial) -> Iterator[Trial]:
    if trial.settings:
        yield evolve(trial, settings={})
    if trial.partitions > 1:
        yield evolve(trial, partitions=1)
    if trial.memory or trial.at_commit:
        yield evolve(trial, memory=False)
        yield evolve(trial, at_commit=False)
    if trial.cuts:
        yield evolve(trial, cuts={})
    if trial.deaths:
        yield evolve(trial, deaths={}, births=[])
    if trial.crashes:
        yield evolve(trial, crashes=[])
        yield evolve(trial, crashes=trial.crashes[1:])
    if any(size > 1 for size in trial.pieces):
        yield evolve(
            trial, pieces=[1] * len(trial.inputs), crashes=[], cuts={}, deaths={}, births=[]
        )


def _records(trial: Trial) -> Iterator[Trial]:
    count = len(trial.inputs)
    size = count // 2
    while size:
        for start in range(0, count, size):
            yield _without(trial, range(start, min(start + size, count)))
        size //= 2
    for at, entry in enumerate(trial.inputs):
        if "headers" in entry:
            plain = {name: value for name, value in entry.items() if name != "headers"}
            inputs = [*trial.inputs[:at], plain, *trial.inputs[at + 1 :]]
            yield evolve(trial, inputs=inputs)


def _without(trial: Trial, gone: range) -> Trial:
    pieces, at = [], 0
    for size in trial.pieces:
        pieces.append(sum(number not in gone for number in range(at, at + size)))
        at += size
    inputs = [entry for at, entry in enumerate(trial.inputs) if at not in gone]
    return evolve(trial, inputs=inputs, pieces=pieces)


def _steps(trial: Trial) -> Iterator[Trial]:
    nodes = trial.nodes
    used = {one for node in nodes for one in parents(node)}
    for at, node in enumerate(nodes):
        if not used & made(node):
            yield _on(trial, [*nodes[:at], *nodes[at + 1 :]])
    for at, node in enumerate(nodes):
        if node["op"] in PASSING:
            left = [_hung(one, node["id"], node["of"]) for one in nodes]
            yield _on(trial, [*left[:at], *left[at + 1 :]])
        if "store" in node and node["op"] not in ("process", "process_values"):
            bare = {
                name: value for name, value in node.items() if name not in ("store", "versioned")
            }
            yield _on(trial, [*nodes[:at], bare, *nodes[at + 1 :]])
        for part in ("emit", "retention", "max_records"):
            if part in node:
                bare = {name: value for name, value in node.items() if name != part}
                yield _on(trial, [*nodes[:at], bare, *nodes[at + 1 :]])


def made(node: Spec) -> set[str]:
    """The ids that others may hang on."""
    if node["op"] == "split":
        return {one["id"] for one in node["branches"]} | {node.get("default", "")}
    return {node["id"]} if "id" in node else set()


def _hung(node: Spec, old: str, new: str) -> Spec:
    """The node, with another parent instead of `old`."""
    if "inputs" in node:
        inputs = [{**one, "of": new if one["of"] == old else one["of"]} for one in node["inputs"]]
        return {**node, "inputs": inputs}
    of = node.get("of")
    if isinstance(of, list):
        return {**node, "of": [new if one == old else one for one in of]}
    return {**node, "of": new} if of == old else node


def _on(trial: Trial, nodes: list[Spec]) -> Trial:
    topics = {topic for node in nodes for topic in node.get("topics", [node.get("topic")])}
    gone = [at for at, entry in enumerate(trial.inputs) if entry["topic"] not in topics]
    smaller = evolve(trial, nodes=nodes)
    for at in reversed(gone):
        smaller = _without(smaller, range(at, at + 1))
    return smaller

"""A topology with its records and how it is run; run here and by the interpreter, and compared."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

from attrs import evolve, field, frozen

from streamz_core.errors import TopologyError
from tests.chaos.topologies.records import records
from tests.chaos.topologies.shapes import Shape, sources
from tests.compacting import compact
from tests.conformance.build import assemble
from tests.conformance.cases import Case
from tests.conformance.drive import output_as_json, row_as_json
from tests.interpreter.building import Building
from tests.interpreter.interpreter import Interpreter
from tests.interpreter.running import Anywhere, TooMuch

Spec = dict[str, Any]


MIXED = "late records have the values of several streams, which are written differently"
"""Kafka has no stream of them, so the shapes know nothing of what one may hold."""

STEADY = {"commit_interval_ms": 3_600_000}
"""A commit comes when all was taken, and not because a clock moved when a worker died."""


class Undecided(Exception):
    """The rules do not say what comes out; or it is too much to look at."""


@frozen
class Trial:
    """`pieces`: how many records are there at once, each time. `crashes`: before which of them all workers die and
    are replaced. `deaths`: of two workers, before which one dies, and which; `births`: before which it is replaced. `cuts`: in which the worker dies after so many rounds. `memory`: stores are said
    to be in memory. `at_commit`: tables pass changes on at commits. `compacted`: while all workers are dead, a janitor
    compacts every topic that may be.
    """

    nodes: list[Spec]
    inputs: list[Spec]
    pieces: list[int]
    crashes: list[int] = field(factory=list)
    partitions: int = 1
    deaths: dict[int, int] = field(factory=dict)
    births: list[int] = field(factory=list)
    cuts: dict[int, int] = field(factory=dict)
    memory: bool = False
    at_commit: bool = False
    compacted: bool = False
    settings: Spec = field(factory=dict)

    @property
    def workers(self) -> int:
        return 2 if self.deaths else 1

    def events(self, at: int) -> list[str]:
        """What happens to the workers before a piece."""
        found = ["crash and restart"] if at in self.crashes else []
        if at in self.cuts:
            found.append(f"death {self.cuts[at]} rounds behind, and restart")
        found += [f"death of worker {self.deaths[at]}"] if at in self.deaths else []
        return [*found, *(["restart"] if at in self.births else [])]

    def cut(self) -> list[list[Spec]]:
        found, at = [], 0
        for size in self.pieces:
            found.append(self.inputs[at : at + size])
            at += size
        return found


def make(seed: int) -> Trial:
    """The trial of a seed."""
    chance = Random(seed)
    shape = Shape(chance)
    building = Building(shape.nodes, 1)
    partitions = chance.choice((2, 3)) if chance.random() < 0.3 else 1
    inputs = records(chance, sources(shape.nodes), shape.unit, keyless=partitions == 1)
    pieces = _pieces(chance, len(inputs))
    trial = Trial(
        shape.nodes,
        inputs,
        pieces,
        partitions=partitions,
        settings=_settings(chance),
        memory=chance.random() < 0.1,
        at_commit=chance.random() < 0.15,
    )
    end = len(pieces) + 1
    if chance.random() < 0.4:
        some = chance.randrange(1, 4)
        trial = evolve(trial, crashes=sorted(chance.randrange(end) for _ in range(some)))
        cuts = {chance.randrange(end): chance.randrange(1, 5) for _ in range(some)}
        trial = evolve(trial, cuts=cuts if chance.random() < 0.5 else {})
        trial = evolve(trial, compacted=Random(f"{seed} compacted").random() < 0.5)
    elif chance.random() < 0.5 and not building.interleaves(partitions):
        death, birth = sorted(chance.randrange(end) for _ in range(2))
        trial = evolve(trial, deaths={death: chance.randrange(2)}, births=[birth])
    return trial


def _settings(chance: Random) -> Spec:
    settings: Spec = {}
    if chance.random() < 0.15:
        settings["stores"] = "rocksdb"
    if chance.random() < 0.3:
        settings["poll_records_max"] = chance.choice((1, 2, 5))
    return settings


def _pieces(chance: Random, count: int) -> list[int]:
    """One by one, all at once, or anything between."""
    most = chance.choice((1, 1, 3, 10, count))
    found: list[int] = []
    while sum(found) < count:
        found.append(min(chance.randint(1, most), count - sum(found)))
    return found


def expected(trial: Trial) -> Spec:
    """What the rules say. Undecided if they do not."""
    interpreter = Interpreter(
        trial.nodes, trial.partitions, memory=trial.memory, at_commit=trial.at_commit
    )
    try:
        for piece in trial.cut():
            interpreter.feed(piece)
    except (Anywhere, TooMuch) as error:
        raise Undecided(repr(error)) from None
    found: Spec = {}
    for node in trial.nodes:
        if node["op"] == "to":
            for number, part in enumerate(interpreter.outputs(node["topic"])):
                found[f"{node['topic']}/{number}"] = part
    for node in trial.nodes:
        if "store" in node:
            found[f"store {node['store']}"] = _sorted(interpreter.rows(node["store"]))
    if not trial.cuts:  # what was undone and done again is counted twice
        found["dropped"] = _counted(interpreter.dropped())
    return found


def observed(trial: Trial) -> Spec:
    """What comes out."""
    config = {"stores": "memory"} if trial.memory else {}
    case = Case({"name": "trial", "config": config, "nodes": trial.nodes, "inputs": trial.inputs})
    built = assemble(case)
    settings = {**STEADY, **trial.settings, **({"emit": "commit"} if trial.at_commit else {})}
    if trial.compacted:
        settings["durability"] = "power"  # only what is durable is sealed
    with built.app.test(partitions=trial.partitions, workers=trial.workers, **settings) as driver:
        for at, piece in enumerate(trial.cut()):
            _befall(driver, trial, at)
            _send(driver, piece, trial, trial.cuts.get(at, 0))
        _befall(driver, trial, len(trial.pieces))
        return _shown(trial, built.outputs, driver)


def _befall(driver: Any, trial: Trial, at: int) -> None:
    if at in trial.crashes:
        _die(driver, trial)
    if at in trial.deaths:
        driver.crash(trial.deaths[at])
        driver.run()
    if at in trial.births:
        driver.restart()


def _die(driver: Any, trial: Trial) -> None:
    driver.crash()
    if trial.compacted:
        compact(driver._machine, f"{driver._home}/log", turns=2)
    driver.restart()


def _send(driver: Any, piece: list[Spec], trial: Trial, rounds: int) -> None:
    for entry in piece:
        headers = tuple((name, text.encode()) for name, text in entry.get("headers", []))
        driver.topic(entry["topic"]).send(
            entry["key"], entry["value"], timestamp=entry["ts"], headers=headers, run=False
        )
    if rounds:
        for _ in range(rounds):
            driver._workers[0].step()
        _die(driver, trial)
    driver.run()


def _shown(trial: Trial, topics: list[str], driver: Any) -> Spec:
    found: Spec = {}
    for topic in topics:
        for number in range(trial.partitions):
            found[f"{topic}/{number}"] = []
        for record in driver.topic(topic).records():
            found[f"{topic}/{record.partition}"].append(output_as_json(topic, record))
    for node in trial.nodes:
        if "store" in node:
            rows = driver.store(node["store"]).rows()
            found[f"store {node['store']}"] = _sorted([row_as_json(row) for row in rows])
    found["dropped"] = _counted(Counter(driver.dropped()))
    return found


def _sorted(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=json.dumps)


def _counted(dropped: Counter[str]) -> Spec:
    return dict(sorted(dropped.items()))


def difference(trial: Trial) -> str | None:
    """The first thing that is not as the rules say, None if there is none. Undecided if they say nothing."""
    want = expected(trial)
    try:
        have = observed(trial)
    except TopologyError as error:
        if MIXED in str(error):
            raise Undecided(str(error)) from None
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not what the rules say
        return f"{type(error).__name__}: {error}"
    for name, rows in want.items():
        if json.dumps(rows) != json.dumps(have[name]):
            return _first(name, rows, have[name])
    return None


def _first(name: str, want: Any, have: Any) -> str:
    if isinstance(want, list):
        for at in range(max(len(want), len(have))):
            one, other = (rows[at] if at < len(rows) else "nothing" for rows in (want, have))
            if json.dumps(one) != json.dumps(other):
                name, want, have = f"{name}[{at}]", one, other
                break
    return f"at       {name}\nexpected {json.dumps(want)}\ngot      {json.dumps(have)}"

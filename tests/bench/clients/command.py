"""`./dev bench clients`: produce, consume, latency, memory and rebalancing, one JSON line a case."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from tests.bench.clients.children import ask, together
from tests.bench.clients.ours import Ours

RECORDS = 500_000
PARTITIONS = 8
CASES = ("produce", "consume", "groups", "latency", "memory", "rebalance")
KINDS = ("opaque", "typed")
MANY = 1000
TOPIC = "t"
MIB = 1 << 20


def main(arguments: list[str]) -> None:
    """Print one JSON line a case."""
    parser = argparse.ArgumentParser(prog="bench clients")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--kafka", action="store_true", help="a real broker beside it")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each latency case")
    parser.add_argument("--mib", type=int, default=512, help="of the topic whose reader is weighed")
    parser.add_argument("--level", default="process", choices=["process", "power"])
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        address = stack.enter_context(broker()) if options.kafka else ""
        for case in options.case or CASES:
            for line in globals()[f"{case}_lines"](options, address):
                print(json.dumps({"bench": "clients", **line}), flush=True)


@contextmanager
def broker() -> Iterator[str]:
    from tests.interop.broker import running

    with running() as address:
        yield address


@contextmanager
def places(options: argparse.Namespace, address: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Where each side has its topic: a fresh one for each round."""
    with tempfile.TemporaryDirectory() as home:
        Ours(home, options.level).create(TOPIC, PARTITIONS)
        found: dict[str, dict[str, Any]] = {"ours": {"home": home, "level": options.level}}
        if address:
            from tests.bench.clients.theirs import Theirs

            topic = Theirs(address).create(TOPIC, PARTITIONS)
            found["theirs"] = {"address": address, "topic": topic}
        yield found


def produce_lines(options: argparse.Namespace, address: str) -> Iterator[dict[str, Any]]:
    """By kind of record: how many a producer sends."""
    for kind in KINDS:
        told: dict[str, list[dict[str, float]]] = {}
        for _ in range(options.rounds):
            with places(options, address) as sides:
                for side, place in sides.items():
                    work = {"do": "produce", "kind": kind, "records": options.records, **place}
                    told.setdefault(side, []).append(ask(side, work))
        yield compared(f"produce-{kind}", told)


def consume_lines(options: argparse.Namespace, address: str) -> Iterator[dict[str, Any]]:
    """By kind of record: how many a consumer polls."""
    for kind, do in (("opaque", "consume"), ("typed", "consume"), ("opaque", "batches")):
        told: dict[str, list[dict[str, float]]] = {}
        with places(options, address) as sides:
            for side, place in sides.items():
                ask(side, {"do": "produce", "kind": kind, "records": options.records, **place})
            for _ in range(options.rounds):
                for side, place in sides.items():
                    work = {"do": do, "kind": kind, "records": options.records, **place}
                    told.setdefault(side, []).append(ask(side, work))
        yield compared(f"{do}-{kind}", told)


def groups_lines(options: argparse.Namespace, address: str) -> Iterator[dict[str, Any]]:
    """Groups of 1, 2 and 4 that share a topic: what they poll together."""
    for members in (1, 2, 4):
        told: dict[str, list[dict[str, float]]] = {}
        with places(options, address) as sides:
            for side, place in sides.items():
                ask(side, {"do": "produce", "kind": "opaque", "records": options.records, **place})
            for number in range(options.rounds):
                for side, place in sides.items():
                    work = {"do": "share", "share": PARTITIONS // members, **place}
                    work["group"] = f"g-{members}-{number}"
                    told.setdefault(side, []).append(together(side, [work] * members))
        yield compared(f"group-of-{members}", told)


def latency_lines(options: argparse.Namespace, address: str) -> Iterator[dict[str, Any]]:
    """From `send` to the return of the poll, at 1,000 records a second."""
    told: dict[str, dict[str, float]] = {}
    with places(options, address) as sides:
        for side, place in sides.items():
            pair = [{"do": do, "seconds": options.seconds, **place} for do in ("hear", "tick")]
            told[side] = together(side, pair)
    line: dict[str, Any] = {"case": f"latency-{options.level}", "rate": 1000}
    for side, found in told.items():
        head = "" if side == "ours" else "baseline_"
        line |= {f"{head}{name}": round(found[name], 3) for name in ("p50_ms", "p99_ms")}
    yield line


def memory_lines(options: argparse.Namespace, _: str) -> Iterator[dict[str, Any]]:
    """The most memory a process had that reads a large topic from end to end."""
    with tempfile.TemporaryDirectory() as home:
        ours = Ours(home, options.level)
        ours.create(TOPIC, PARTITIONS)
        records = ours.fill(TOPIC, PARTITIONS, options.mib * MIB)
        found = ask(
            "ours",
            {
                "do": "consume",
                "kind": "opaque",
                "records": records,
                "home": home,
                "level": options.level,
            },
        )
    line = {"case": f"memory-{options.mib}-mib", "rss_mb": round(found["rss_mb"], 1)}
    yield line | {"rate": round(records / found["wall_s"]), "seconds": round(found["wall_s"], 2)}


def rebalance_lines(options: argparse.Namespace, _: str) -> Iterator[dict[str, Any]]:
    """A second member comes to one that has a thousand partitions: how long until it has its half."""
    found = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as home:
            Ours(home, options.level).create(TOPIC, MANY)
            work = {"home": home, "level": options.level, "group": "g", "partitions": MANY}
            pair = [{"do": do, **work} for do in ("hold", "come")]
            found.append(together("ours", pair)["seconds"])
    yield {"case": f"rebalance-{MANY}", "seconds": round(statistics.median(found), 3)}


def compared(case: str, told: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians: records a second of wall and of CPU; how many times the baseline's per CPU second."""
    line: dict[str, Any] = {"case": case}
    median = {
        side: partial(lambda rounds, name: statistics.median(one[name] for one in rounds), rounds)
        for side, rounds in told.items()
    }
    for side, of in median.items():
        records = of("records")
        head = "" if side == "ours" else "baseline_"
        line[f"{head}rate" if head == "" else "baseline"] = round(records / of("wall_s"))
        line[f"{head}cpu_rate"] = round(records / of("cpu_s"))
        line[f"{head}cpu_s_per_million"] = round(of("cpu_s") / records * 1e6, 2)
    if "theirs" in median:
        line["ratio"] = round(median["ours"]("wall_s") / median["theirs"]("wall_s"), 3)
        line["cpu_times"] = round(line["cpu_rate"] / line["baseline_cpu_rate"], 2)
    return line

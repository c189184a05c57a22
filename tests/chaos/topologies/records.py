"""Random records for a topology: few keys, times that regress, are equal or jump, nulls, headers."""

from __future__ import annotations

from random import Random
from typing import Any

Spec = dict[str, Any]

KEYS = ("a", "a", "b", "b", "c", "m0", "m1")


def records(
    chance: Random, topics: dict[str, str], unit: int, *, keyless: bool = True
) -> list[Spec]:
    """Inputs in order; `topics`: the op that reads each. `keyless`: some have no key."""
    made = []
    now = chance.choice((0, 3, 30)) * unit
    names = list(topics)
    tidy = chance.random() < 0.3
    for number in range(chance.choice((6, 12, 20, 30))):
        now = max(
            0, now + _move(chance, tidy=tidy) * unit + (chance.randrange(unit) if unit > 1 else 0)
        )
        topic = chance.choice(names)
        entry: Spec = {
            "topic": topic,
            "key": _key(chance, topics[topic], keyless=keyless),
            "value": _value(chance, number, now),
            "ts": now,
        }
        if chance.random() < 0.2:
            entry["headers"] = [["h", str(number)]]
            if chance.random() < 0.2:
                entry["headers"].append(["h", "again"])
        made.append(entry)
    return made


def _move(chance: Random, *, tidy: bool) -> int:
    if tidy:
        return chance.choice((0, 1, 1, 2, 5))
    return chance.choice((0, 0, 1, 1, 2, 3, 5, 10, -1, -3, -5, -10, -20, 11, 15, 40, 120))


def _key(chance: Random, op: str, *, keyless: bool) -> str | None:
    # Every copy of a global table counts such a record for itself, and again when it reads anew.
    keyless = keyless and op != "global_table"
    if keyless and chance.random() < (0.08 if op == "stream" else 0.03):
        return None
    return chance.choice(KEYS)


def _value(chance: Random, number: int, now: int) -> Any:
    kind = chance.random()
    if kind < 0.15:
        return None
    if kind < 0.45:
        return chance.randrange(8)
    if kind < 0.5:
        return chance.choice(([], [1, 2], "text", True))
    made: Spec = {"n": chance.choice((number, chance.randrange(4)))}
    if chance.random() < 0.85:
        made["fk"] = chance.choice(("a", "b", "c", "m0", None))
    if chance.random() < 0.2:
        made["t"] = max(-1, now - chance.randrange(9))
    return made

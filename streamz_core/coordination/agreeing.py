"""Whether two workers may be of one group: what both must have alike, and how it is told where they have not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamz_core.errors import Misuse

Outline = Mapping[str, Mapping[str, Sequence[str]]]
"""Of each sub-topology what it "reads" and "writes", topics, and what it "keeps", stores."""

OUTLINE = "outline"  # what the info of a member calls it
PROCESS = "pid"
_ALIKE = ("reads", "keeps")
_TITLES = {"reads": "topic", "keeps": "store", "writes": "topic"}


def check_agreed(
    app: str, mine: Mapping[str, Any], living: Iterable[Mapping[str, Any]]
) -> Sequence[str]:
    """Compare what a worker says of itself with what the living members of its group said; who came first is right.

    Misuse where they cannot share the tasks, for each would take some records for its own and do something else with
    them. Members of which nobody said what they run are passed over. What is different and does no harm comes back,
    a sentence for each of them.
    """
    here, notes = mine.get(OUTLINE), []
    for other in living:
        there = other.get(OUTLINE)
        if here is None or there is None or here == there:
            continue
        why = differing(here, there)
        if why:
            raise Misuse(
                f"{_who(mine, other)} runs another program as app {app}, and this one, process {_pid(mine)}, cannot share "
                f"its work: {why}; give one of the two another name, or end the other one first"
            )
        notes.append(
            f"{_who(mine, other)} runs another version of app {app}: {_said(here, there, 'writes')}; which of "
            "them works on a record depends on its partition"
        )
    return notes


def _who(mine: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    return "this process" if _pid(mine) == _pid(other) != "?" else f"process {_pid(other)}"


def _pid(info: Mapping[str, Any]) -> str:
    return str(info.get(PROCESS, "?"))


def differing(here: Outline, there: Outline) -> str:
    """What keeps two programs from sharing tasks, in words; "" if they may. A new version may write more topics than
    the old one, or fewer, while both run.
    """
    found = [said for verb in _ALIKE if (said := _said(here, there, verb))]
    mine, others = _all(here, "writes"), _all(there, "writes")
    if not (mine <= others or others <= mine):
        found.append(_said(here, there, "writes"))
    if not found and _divided(here) != _divided(there):
        found.append(
            f"this one divides its steps into {_parts(here)}, the other one into {_parts(there)}"
        )
    return ", and ".join(found)


def _said(here: Outline, there: Outline, verb: str) -> str:
    mine, others = _all(here, verb), _all(there, verb)
    sides = (("this one", mine - others), ("the other one", others - mine))
    said = [f"only {who} {verb} {_list(_TITLES[verb], names)}" for who, names in sides if names]
    return ", ".join(said)


def _all(outline: Outline, verb: str) -> set[str]:
    return {name for part in outline.values() for name in part[verb]}


def _divided(outline: Outline) -> dict[str, list[list[str]]]:
    return {name: [sorted(part[verb]) for verb in _ALIKE] for name, part in outline.items()}


def _list(title: str, names: Iterable[str]) -> str:
    ordered = sorted(names)
    return f"{title}{'s' * (len(ordered) > 1)} {', '.join(ordered)}"


def _parts(outline: Outline) -> str:
    return "; ".join(
        f"{name} ({', '.join(sorted([*part['reads'], *part['keeps']]))})"
        for name, part in sorted(outline.items())
    )

"""Counts per group and in total, with the first failure of each group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from attrs import frozen

from tests.conformance.cases import Case

STATES = ("passed", "failed", "skipped")


@frozen
class Outcome:
    """How one case ended: "passed", "failed" with the reason, or "skipped"."""

    case: Case
    state: str
    reason: str = ""


def report(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """The lines to print: one for each group with its first failure, the total as the last."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.case.group, []).append(outcome)
    for group, members in groups.items():
        yield f"{group}: {_counts(members)}"
        failed = [outcome for outcome in members if outcome.state == "failed"]
        yield from describe(failed[0]) if failed else ()
    yield _counts([outcome for members in groups.values() for outcome in members])


def describe(outcome: Outcome) -> Iterator[str]:
    """A failure in full: name, rule, what differs."""
    yield f"  {outcome.state} {outcome.case.name}"
    if outcome.case.rule:
        yield f"    rule     {outcome.case.rule}"
    for line in outcome.reason.splitlines():
        yield f"    {line}"


def _counts(outcomes: Iterable[Outcome]) -> str:
    counted = Counter(outcome.state for outcome in outcomes)
    return ", ".join(f"{counted[state]} {state}" for state in STATES)

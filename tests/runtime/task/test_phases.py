"""Every phase is asked every event; the page of the architecture says what leads where."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from streamz_core.runtime.task.phases import NEXT, Event, Phase, after

PAGE = Path(__file__).parents[3] / "docs" / "architecture.md"
TABLE = re.compile(r"^\| \| restored .*?\n\n", re.MULTILINE | re.DOTALL)


def matrix() -> list[list[str]]:
    """What leads where as people read it: a line for each phase, a column for each event."""
    found = TABLE.search(PAGE.read_text())
    assert found is not None
    lines = found[0].strip().split("\n")
    return [
        [cell.strip(" *") for cell in line.split("|")[1:-1]] for line in lines if "---" not in line
    ]


HEAD, *ROWS = matrix()
CELLS = [
    (Phase[row[0].upper()], Event[event.upper()], Phase[name.upper()] if name else None)
    for row in ROWS
    for event, name in zip(HEAD[1:], row[1:], strict=True)
]


@pytest.mark.parametrize("phase, event, expected", CELLS)
def test_what_leads_where(phase: Phase, event: Event, expected: Phase | None) -> None:
    if expected is not None:
        assert after(phase, event) is expected
        return
    with pytest.raises(AssertionError, match=f"{phase.name} cannot be {event.name}"):
        after(phase, event)


def test_every_phase_is_asked_every_event() -> None:
    assert [(phase, event) for phase, event, _ in CELLS] == [*product(Phase, Event)]


def test_every_phase_can_be_reached_and_every_event_can_happen() -> None:
    reached = {Phase.RESTORING}
    while more := {to for (phase, _), to in NEXT.items() if phase in reached} - reached:
        reached |= more
    assert reached == set(Phase)
    assert {event for _, event in NEXT} == set(Event)


def test_nothing_leads_out_of_gone() -> None:
    assert {to for (phase, _), to in NEXT.items() if phase is Phase.GONE} == {Phase.GONE}

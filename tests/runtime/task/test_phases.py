"""Every phase is asked every event."""

from __future__ import annotations

import pytest

from streamz_core.runtime.task.phases import NEXT, Event, Phase, after

# What leads where, as a matrix: a line for each phase, a column for each event, in their order.
#             restored  taken    failed   collected  committed divided  damaged    lost
EXPECTED = """
RESTORING     RUNNING   -        -        -          -         -        RESTORING  GONE
RUNNING       -         RUNNING  CAREFUL  COLLECTED  -         -        RESTORING  GONE
CAREFUL       -         RUNNING  -        CHECKED    -         -        RESTORING  GONE
COLLECTED     -         -        -        -          RUNNING   RUNNING  -          GONE
CHECKED       -         -        -        -          CAREFUL   CAREFUL  -          GONE
GONE          -         -        -        -          -         -        -          GONE
"""
ROWS = [line.split() for line in EXPECTED.split("\n") if line]
CELLS = [
    (Phase[row[0]], event, None if name == "-" else Phase[name])
    for row in ROWS
    for event, name in zip(Event, row[1:], strict=True)
]


@pytest.mark.parametrize("phase, event, expected", CELLS)
def test_what_leads_where(phase: Phase, event: Event, expected: Phase | None) -> None:
    if expected is not None:
        assert after(phase, event) is expected
        return
    with pytest.raises(AssertionError, match=f"{phase.name} cannot be {event.name}"):
        after(phase, event)


def test_every_phase_is_asked() -> None:
    assert [Phase[row[0]] for row in ROWS] == list(Phase)


def test_every_phase_can_be_reached_and_every_event_can_happen() -> None:
    reached = {Phase.RESTORING}
    while more := {to for (phase, _), to in NEXT.items() if phase in reached} - reached:
        reached |= more
    assert reached == set(Phase)
    assert {event for _, event in NEXT} == set(Event)


def test_nothing_leads_out_of_gone() -> None:
    assert {to for (phase, _), to in NEXT.items() if phase is Phase.GONE} == {Phase.GONE}

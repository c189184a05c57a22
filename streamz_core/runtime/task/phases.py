"""The phases of a task: what it does next, and what leads where. The table decides.

A task runs whole spans of records. Only when one fails, or leaves something that cannot be written, is
what was done since the last commit undone and run again record by record, to find the one that is to
blame; a span that is taken whole afterwards ends that.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What a task does with its turn."""

    __hash__ = object.__hash__  # Enum's own is written in Python, and looked up for every span

    RESTORING = "reads its changelogs"
    RUNNING = "runs whole spans of records"
    CAREFUL = "runs record by record what was undone"
    COLLECTED = "takes nothing before what it ran is committed"
    CHECKED = "takes nothing before what it ran record by record is committed"
    GONE = "does nothing: another worker owns it, or its offsets moved"


class Event(Enum):
    """What happens to a task."""

    __hash__ = object.__hash__

    RESTORED = "the changelogs were read to their ends"
    TAKEN = "a span was taken whole"
    FAILED = "a span failed, or what it left cannot be written: it was undone"
    COLLECTED = "what was done since the last commit was put together"
    COMMITTED = "everybody sees it, and the stores were written"
    DIVIDED = "it was too large for one commit: it was undone, and less is done at once"
    BEHIND = "everybody sees it, and the disk had no room for it: the stores are opened again, and restored"
    DAMAGED = "the state was found damaged: it is begun anew"
    LOST = "another worker owns the task, or its offsets moved"


NEXT = {
    (Phase.RESTORING, Event.RESTORED): Phase.RUNNING,
    (Phase.RESTORING, Event.DAMAGED): Phase.RESTORING,
    (Phase.RESTORING, Event.LOST): Phase.GONE,
    (Phase.RUNNING, Event.TAKEN): Phase.RUNNING,
    (Phase.RUNNING, Event.FAILED): Phase.CAREFUL,
    (Phase.RUNNING, Event.COLLECTED): Phase.COLLECTED,
    (Phase.RUNNING, Event.DAMAGED): Phase.RESTORING,
    (Phase.RUNNING, Event.LOST): Phase.GONE,
    (Phase.CAREFUL, Event.TAKEN): Phase.RUNNING,
    (Phase.CAREFUL, Event.COLLECTED): Phase.CHECKED,
    (Phase.CAREFUL, Event.DAMAGED): Phase.RESTORING,
    (Phase.CAREFUL, Event.LOST): Phase.GONE,
    (Phase.COLLECTED, Event.COMMITTED): Phase.RUNNING,
    (Phase.COLLECTED, Event.BEHIND): Phase.RESTORING,
    (Phase.COLLECTED, Event.FAILED): Phase.CAREFUL,
    (Phase.COLLECTED, Event.DIVIDED): Phase.RUNNING,
    (Phase.COLLECTED, Event.LOST): Phase.GONE,
    (Phase.CHECKED, Event.COMMITTED): Phase.CAREFUL,
    (Phase.CHECKED, Event.BEHIND): Phase.RESTORING,
    (Phase.CHECKED, Event.DIVIDED): Phase.CAREFUL,
    (Phase.CHECKED, Event.LOST): Phase.GONE,
    (Phase.GONE, Event.LOST): Phase.GONE,
}


def after(phase: Phase, event: Event) -> Phase:
    """The next phase. An event that cannot happen in a phase is a mistake in the task."""
    found = NEXT.get((phase, event))
    assert found is not None, f"a task that is {phase.name} cannot be {event.name}"
    return found

"""The position of a task: the times it had reached at a commit, as the commit says them."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

PARTITION = "time:"
"""Before a topic: the largest timestamp taken from the task's partition of it, ms UTC."""

ADVANCE = "advance:"
"""Before a topic: the time to which the task's partition of it went on without records, ms UTC."""

IDLE = "idle:"
"""Before a topic: whether records come, as advancing.py has it."""

TIMER = "timer:"
"""Before what the task's timers tell of themselves."""


BEGIN = "begin:"
"""Before a topic that is the changelog of a table: the first offset that the task took of it."""

SKIPPED = "skipped:"
"""Before such a topic and a number: the offset of a record that left nothing (state/taken.py)."""


@frozen
class Position:
    """`partitions`: partition times by topic. `operators`: times by the names the compiler gave them,
    among them the task's own. `timers`: when those that go by stream time are due (timers.py). `advances`, `states`: how
    inputs went on without records, by topic (advancing.py). `begins`, `skipped`: what was taken of topics that are
    changelogs.

    What else a task must know again is a field here and a prefix in `FIELDS`.
    """

    partitions: Mapping[str, int] = field(factory=dict)
    operators: Mapping[str, int] = field(factory=dict)
    timers: Mapping[str, int] = field(factory=dict)
    advances: Mapping[str, int] = field(factory=dict)
    states: Mapping[str, int] = field(factory=dict)
    begins: Mapping[str, int] = field(factory=dict)
    skipped: Mapping[str, int] = field(factory=dict)

    @property
    def task_time(self) -> int:
        """The largest timestamp taken from any partition, or to which one went on without; -1 before the first."""
        return max((*self.partitions.values(), *self.advances.values()), default=-1)

    def pack(self) -> dict[str, int]:
        """The entries of a commit."""
        return {
            f"{prefix}{name}": value
            for prefix, kept in FIELDS.items()
            for name, value in getattr(self, kept).items()
        }

    def changed(self, since: Position) -> dict[str, int]:
        """The entries that differ from those of an earlier position."""
        found = {}
        for prefix, kept in FIELDS.items():
            known = getattr(since, kept)
            for name, value in getattr(self, kept).items():
                if known.get(name) != value:
                    found[prefix + name] = value
        return found


# The first prefix that fits decides.
FIELDS = {
    PARTITION: "partitions",
    TIMER: "timers",
    ADVANCE: "advances",
    IDLE: "states",
    BEGIN: "begins",
    SKIPPED: "skipped",
    "": "operators",
}


def unpack(entries: Mapping[str, int]) -> Position:
    """The position that all commits of a task together tell."""
    found: dict[str, dict[str, int]] = {kept: {} for kept in FIELDS.values()}
    for entry, value in entries.items():
        prefix = next(prefix for prefix in FIELDS if entry.startswith(prefix))
        found[FIELDS[prefix]][entry.removeprefix(prefix)] = value
    return Position(**found)

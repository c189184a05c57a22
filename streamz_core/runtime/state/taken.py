"""What a task took of the topics from which rows of tables come back: all from somewhere on, but what was skipped.

It is part of the task's position: whoever restores the rows takes the same records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from streamz_core.broker.backend import Backend
from streamz_core.runtime.job import Job
from streamz_core.runtime.task.position import unpack
from streamz_core.topology.subtopologies import SubTopology

SLOT = "#"  # between a topic and the number of a place for an offset


class Taken:
    """Of `topics`, partition by partition of one task. `begins`: the first offset it took of each. `skipped`: the offset
    of each record that failed in a step, by topic and a number that is free again once the record is no more.
    """

    def __init__(self, topics: Collection[str] = ()) -> None:
        self.topics = topics
        self.begins: dict[str, int] = {}
        self.skipped: dict[str, int] = {}

    def rewind(self, begins: Mapping[str, int], skipped: Mapping[str, int]) -> None:
        """What the last commit says."""
        self.begins, self.skipped = dict(begins), dict(skipped)

    def begin(self, topic: str, offset: int) -> None:
        """It takes the topic from there on, if it matters."""
        if topic in self.topics:
            self.begins[topic] = offset

    def skip(self, topic: str, offset: int, start: int) -> None:
        """That record left nothing. `start`: the first one there is."""
        if topic not in self.topics:
            return
        number = 0
        while self.skipped.get(f"{topic}{SLOT}{number}", -1) >= start:
            number += 1
        self.skipped[f"{topic}{SLOT}{number}"] = offset

    def left_out(self, topic: str) -> set[int]:
        """The offsets of the records that left nothing."""
        return {
            offset for place, offset in self.skipped.items() if place.rpartition(SLOT)[0] == topic
        }


def taken_by(job: Job, backend: Backend, sub: SubTopology, task: str) -> Taken:
    """As the last commit of a task says: to restore its stores by, before anything else of it is there."""
    sourced = job.plan.sourced
    took = Taken({sourced[spec.name] for spec in sub.stores if spec.name in sourced})
    if took.topics:
        position = unpack(backend.standing(job.name, task, ()).position)
        took.rewind(position.begins, position.skipped)
    return took

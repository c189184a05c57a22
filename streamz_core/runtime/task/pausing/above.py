"""What those who write a hop said of it in their commits: how far its time goes on though no record comes."""

from __future__ import annotations

from streamz_core.broker.backend import Backend
from streamz_core.runtime.job import task_name
from streamz_core.runtime.task.position import unpack
from streamz_core.topology.idleness import Writers
from streamz_core.topology.times import passed_on

ACTIVE, IDLE, OVER = 0, 1, 2
"""What a commit says of an input: records came, none did, and none did for so long that nothing is waiting any more."""

Told = tuple[int, int]
"""IDLE or OVER, and the time that goes on."""


class Above:
    """The tasks of an app that write hops, as their commits on this broker have it."""

    def __init__(self, app: str, backend: Backend) -> None:
        self._app = app
        self._backend = backend

    def told(self, hop: str, writers: Writers) -> Told | None:
        """The earliest time that any of them still goes on from; None if one of them has records, or will.

        Of those behind whose records nothing waits any more the latest counts, if there are no others.
        """
        backend = self._backend
        waiting, over = [], []
        width = max(backend.topic(topic).partitions for topic in writers.topics)
        for partition in range(width):
            said = self._said(hop, writers, partition)
            if said is None:
                return None
            state, time = said
            if state == IDLE:
                waiting.append(time)
            elif state == OVER:
                over.append(time)
        if waiting:
            return IDLE, min(waiting)
        return (OVER, max(over)) if over else None

    def _said(self, hop: str, writers: Writers, partition: int) -> Told | None:
        """Of one task: ACTIVE stands for one that never had a record."""
        backend = self._backend
        inputs = [
            (topic, partition)
            for topic in writers.topics
            if partition < backend.topic(topic).partitions
        ]
        standing = backend.standing(self._app, task_name(writers.sub, partition), inputs)
        position = unpack(standing.position)
        for where in inputs:
            at = standing.offsets.get(where)
            if (backend.start(*where) if at is None else at) < backend.end(*where):
                return None
        states = [
            position.states.get(topic, ACTIVE)
            for topic, _ in inputs
            if position.partitions.get(topic, -1) >= 0
        ]
        if not states:
            return ACTIVE, -1
        if ACTIVE in states:
            return None
        return min(states), position.operators.get(passed_on(hop), -1)

"""A topology, told by the nodes of a case, and what it makes of its inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from streamz_core.record import Windowed
from tests.interpreter.building import Building
from tests.interpreter.running import Task, Topic, as_output, run
from tests.interpreter.stores import Sessions
from tests.interpreter.values import Rec

Spec = dict[str, Any]


class Interpreter:
    """Inputs in, one batch after another; outputs and rows out, in the words of the cases.

    `width`: how many partitions every topic has. `memory`: whether stores say that they are in memory.
    `at_commit`: of tables that keep their rows only the last change of each goes on, behind each batch.
    """

    def __init__(
        self,
        nodes: list[Spec],
        width: int = 1,
        *,
        memory: bool = False,
        at_commit: bool = False,
    ) -> None:
        building = Building(nodes, width, memory=memory, at_commit=at_commit)
        self._plan = building.plan
        self._stores = building.stores
        self._everywhere = building.everywhere
        self._shared = Task(0, {})
        self._tasks = list(building.plan.tasks(self._shared))
        self._taken: dict[tuple[str, int], int] = {}

    def feed(self, inputs: Iterable[Spec]) -> None:
        """All are there before any is taken."""
        for entry in inputs:
            headers = tuple((name, text.encode()) for name, text in entry.get("headers", []))
            rec = Rec(entry["key"], entry["value"], entry["ts"], headers)
            if entry["topic"] in self._plan.topics:
                self._plan.topics[entry["topic"]].append(rec)
        self._follow()
        run(self._tasks)

    def _follow(self) -> None:
        """Global tables first."""
        for name, table in self._everywhere.items():
            for number, part in enumerate(self._plan.topics[name].parts):
                taken = self._taken.get((name, number), 0)
                self._taken[name, number] = len(part)
                for rec in part[taken:]:
                    if rec.key is not None:
                        table.store(self._shared).put(rec.key, rec.value, rec.ts)

    def outputs(self, topic: str) -> list[list[Spec]]:
        """The records of a topic, by partition."""
        found: Topic = self._plan.topics[topic]
        return [[as_output(topic, rec) for rec in part] for part in found.parts]

    def rows(self, store: str) -> list[list[Any]]:
        """The rows of a store, over all partitions."""
        return [_row(*row) for held in self._held(store) for row in held.told()]

    def has_sessions(self, store: str) -> bool:
        return any(isinstance(held, Sessions) for held in self._held(store))

    def version(self, store: str, key: Any, at: int | None) -> list[Any]:
        """[value, timestamp] of a row as it was; of nulls if there was none."""
        for held in self._held(store):
            found = held.get(key, at)
            if found is not None:
                return list(found)
        return [None, None]

    def dropped(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for task in self._tasks:
            total.update(task.dropped)
        return total

    def _held(self, store: str) -> list[Any]:
        table = self._stores[store]
        name = store if table is None else table.name
        everywhere = table is not None and table in self._everywhere.values()
        tasks = [self._shared] if everywhere else self._tasks
        return [task.stores[name] for task in tasks if name in task.stores]


def _row(key: Any, *rest: Any) -> list[Any]:
    if isinstance(key, Windowed):
        return [key.key, [key.start, key.end], *rest]
    return [key, *rest]

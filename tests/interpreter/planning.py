"""From the nodes of a case to operators, the topics between them, and who runs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from tests.interpreter.running import Task, Topic
from tests.interpreter.tables import Table
from tests.interpreter.values import Op

Spec = dict[str, Any]


@define(eq=False)
class Step:
    """One operator as it is planned. `make`: of a task. `parents`: whose records come in, at which port."""

    make: Callable[[Task], Op]
    parents: list[tuple[Step, int]] = field(factory=list)
    reads: list[str] = field(factory=list)
    extractor: Callable[..., int] | None = None
    ties: list[Step] = field(factory=list)
    late_of: Step | None = None
    order: int = 0


class Plan:
    """All steps in order of declaration."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.steps: list[Step] = []
        self.topics: dict[str, Topic] = {}
        self.internal: list[str] = []
        self.tables: dict[str, tuple[Table, Step]] = {}

    def topic(self, name: str, *, internal: bool = False) -> Topic:
        if name not in self.topics:
            self.topics[name] = Topic(name, self.width)
            if internal:
                self.internal.append(name)
        return self.topics[name]

    def step(
        self, make: Callable[[Task], Op], *parents: Step | tuple[Step, int], **more: Any
    ) -> Step:
        pairs = [(one, 0) if isinstance(one, Step) else one for one in parents]
        made = Step(make, pairs, order=len(self.steps), **more)
        self.steps.append(made)
        return made

    def groups(self) -> Iterator[list[Step]]:
        """Steps that run together."""
        root: dict[Step, Step] = {step: step for step in self.steps}

        def find(step: Step) -> Step:
            while root[step] is not step:
                step = root[step]
            return step

        readers: dict[str, Step] = {}
        for step in self.steps:
            tied = [*(parent for parent, _ in step.parents), *step.ties]
            tied += [] if step.late_of is None else [step.late_of]
            tied += [readers.setdefault(topic, step) for topic in step.reads]
            for other in tied:
                low, high = sorted((find(step), find(other)), key=lambda one: one.order)
                root[high] = low
        for first in self.steps:
            if root[first] is first:
                yield [step for step in self.steps if find(step) is first]

    def tasks(self, everywhere: Task) -> Iterator[Task]:
        """A task for each group and partition; `everywhere` has the global tables."""
        for group in self.groups():
            for partition in range(self.width):
                yield self._task(group, partition, everywhere)

    def _task(self, group: list[Step], partition: int, everywhere: Task) -> Task:
        task = Task(partition, everywhere)
        made = {step: step.make(task) for step in group}
        for step in group:
            for parent, port in step.parents:
                made[parent].children.append((made[step], port))
            if step.late_of is not None:
                made[step.late_of].aside.append((made[step], 0))
        read = dict.fromkeys(topic for step in group for topic in step.reads)
        outside = [topic for topic in read if topic not in self.internal]
        inside = [topic for topic in self.internal if topic in read]
        for topic in [*outside, *inside]:
            steps = [step for step in group if topic in step.reads]
            readers = [(made[step], 0) for step in steps]
            task.add_queue(self.topics[topic].parts[partition], readers, steps[0].extractor)
        return task

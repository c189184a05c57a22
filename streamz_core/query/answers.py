"""A worker's answers from the tasks it has open: committed rows of one moment, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from threading import Event
from typing import Any

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Misuse, NotReady
from streamz_core.query.pages import Page, page
from streamz_core.query.problems import not_found, not_owner, not_ready
from streamz_core.query.routing import Shards, find_store
from streamz_core.query.verbs import Question
from streamz_core.runtime.state.reading import Committed, Holder, Open, OpenTasks, committed
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import Plan
from streamz_core.topology.subtopologies import SubTopology

WAIT_S = 1.0  # for a commit that is asked for
LOOK_S = 0.002
REST_S = 0.001  # between pieces of a scan: the worker's own thread goes first


@frozen
class Answer:
    """A page, and the commit its rows are the result of (the oldest of several parts')."""

    page: Page
    commit: int


class Answers:
    """Every method may be called by any thread."""

    def __init__(self, plan: Plan, shown: OpenTasks, env: Env) -> None:
        self._plan = plan
        self._shown = shown
        self._env = env
        self._never = Event()

    def find(self, name: str) -> StoreSpec:
        """The spec of a store; Problem 404."""
        return self._find(name)[0]

    def stores(self) -> dict[str, Any]:
        """What this worker can be asked."""
        return {
            "app": self._plan.app,
            "commit": self._shown.now.settled,
            "stores": [self.store(name) for name in self._plan.readable],
        }

    def store(self, name: str) -> dict[str, Any]:
        """One store: its kind, and which of its parts are here. Problem 404."""
        spec, sub = self._find(name)
        now = self._shown.now
        shards = self._shards(now, spec, sub)
        here = [p for p in range(shards.partitions) if shards.task(p) in now.states]
        return {
            "name": name,
            "kind": spec.kind,
            "partitions": shards.partitions,
            "here": here,
            "restoring": [p for p in here if now.states[shards.task(p)].restoring],
        }

    def ask(self, question: Question) -> Answer:
        """The rows; Problem says why there is no answer here and now."""
        spec, sub = self._find(question.store)
        give_up_s = self._env.monotonic() + WAIT_S
        while True:
            now = self._shown.now
            states = self._states(now, self._shards(now, spec, sub), question)
            try:
                with ExitStack() as stack:
                    parts = [stack.enter_context(committed(one, spec.name)) for one in states]
                    if all(max(p.commit, now.settled) >= question.min_commit for p in parts):
                        return self._answer(spec, parts, question)
            except NotReady as error:
                raise not_ready(str(error)) from error
            if self._env.monotonic() >= give_up_s:
                raise not_ready(
                    f"store {spec.name} is at commit {min(p.commit for p in parts)}, not yet at "
                    f"{question.min_commit}"
                )
            self._never.wait(LOOK_S)

    def _shards(self, now: Open, spec: StoreSpec, sub: SubTopology | None) -> Shards:
        if sub is None:
            return Shards(spec, None, min(len(now.states), 1))
        return Shards(spec, sub, now.counts.get(sub.name, 0))

    def _find(self, name: str) -> tuple[StoreSpec, SubTopology | None]:
        try:
            return find_store(self._plan, name)
        except Misuse as error:
            raise not_found("unknown-store", str(error)) from error

    def _states(self, now: Open, shards: Shards, question: Question) -> Sequence[Holder]:
        """The open tasks that the question is about; Problem 409 or 503."""
        if not shards.partitions:
            raise not_ready("this worker is starting, or ends")
        if question.partition is not None:
            wanted = [question.partition]
        elif question.keyed:
            wanted = [shards.partition(question.key)]
        else:
            wanted = [p for p in range(shards.partitions) if shards.task(p) in now.states]
        names = [shards.task(partition) for partition in wanted]
        if not names or any(name not in now.states for name in names):
            title = ", ".join(names) or f"any part of {shards.spec.name}"
            raise not_owner(f"this worker does not own {title}; the chain says who does")
        for name in names:
            if now.states[name].restoring:
                raise not_ready(f"task {name} is being restored")
        return [now.states[name] for name in names]

    def _answer(self, spec: StoreSpec, parts: list[Committed], question: Question) -> Answer:
        rows = [part.rows for part in parts]
        found = page(spec, rows, question, self._env.monotonic, lambda: self._pause(REST_S))
        return Answer(found, min(part.commit for part in parts))

    def _pause(self, seconds: float) -> None:
        self._never.wait(seconds)

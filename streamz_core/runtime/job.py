"""What a worker needs of an app: its plan, its programs, its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from streamz_core.config import Config
from streamz_core.topology.nodes import Graph
from streamz_core.topology.plan import Plan, make_plan
from streamz_core.topology.subtopologies import SubTopology

if TYPE_CHECKING:
    from streamz_core.compiler.program import Program


@define
class Programs(Mapping[str, "Program"]):
    """The compiled sub-topologies by name, each compiled when it is first asked for.

    Who asks the state of an app, or describes it, needs a plan only, and does not load the compiler.
    """

    _plan: Plan
    _made: dict[str, Program] = field(factory=dict, init=False)

    def __getitem__(self, name: str) -> Program:
        """TopologyError where a codec is missing."""
        found = self._made.get(name)
        if found is None:
            from streamz_core.compiler.program import compile_sub

            (sub,) = (sub for sub in self._plan.subs if sub.name == name)
            found = self._made[name] = compile_sub(self._plan, sub)
        return found

    def __iter__(self) -> Iterator[str]:
        return (sub.name for sub in self._plan.subs)

    def __len__(self) -> int:
        return len(self._plan.subs)

    def check(self) -> None:
        """Compile all of them: TopologyError tells what is wrong before anything is opened."""
        for name in self:
            self[name]


@frozen
class Job:
    """An app as it can be run, and asked. `declared`: as it was written; `graph` is that with the topics that match
    its patterns, of which there are none at first (patterns.py).
    """

    name: str
    config: Config
    graph: Graph
    plan: Plan
    programs: Programs
    declared: Graph

    @property
    def subs(self) -> dict[str, SubTopology]:
        """The sub-topologies by name."""
        return {sub.name: sub for sub in self.plan.subs}


def make_job(graph: Graph, config: Config) -> Job:
    """Plan an app; TopologyError says what is wrong with it. What the compiler finds, `programs` tells."""
    plan = make_plan(graph, at_commit=config.emit == "commit", reuse=config.reuses_topics)
    return Job(graph.app, config, graph, plan, Programs(plan), graph)


def task_name(sub: str, partition: int) -> str:
    """A task's name, the same for ever: sub-topology and partition."""
    return f"{sub}/{partition}"

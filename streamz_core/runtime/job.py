"""What a worker needs of an app: its plan, its programs, its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from streamz_core.broker.backend import Backend
from streamz_core.config import Config
from streamz_core.coordination.agreeing import Outline, check_agreed
from streamz_core.stores.kinds import form_of, form_text
from streamz_core.topology.nodes import Graph
from streamz_core.topology.plan import Plan, make_plan
from streamz_core.topology.subtopologies import SubTopology
from streamz_core.topology.traits import pattern_of

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


def outline(plan: Plan) -> Outline:
    """What two workers of one app must have alike, and what else they are told apart by: topics and stores."""
    return {
        sub.name: {
            "reads": sorted(_entrances(sub)),
            "keeps": [f"{spec.name} ({form_text(form_of(spec))})" for spec in sub.stores],
            "writes": sorted(sub.outputs),
        }
        for sub in plan.subs
    }


def look_at_fellows(backend: Backend, app: str, info: Mapping[str, Any]) -> Sequence[str]:
    """Compare what a worker says of itself with the living members, before it is one of them; see check_agreed."""
    living = (one.info for one in backend.workers(app) if backend.alive(one))
    return check_agreed(app, info, living)


def _entrances(sub: SubTopology) -> Iterator[str]:
    """Its topics; those that match a pattern come and go, so the pattern itself counts."""
    for one in sub.inputs:
        if pattern_of(one.node) is None:
            yield one.topic
    for node in sub.nodes:
        pattern = pattern_of(node)
        if pattern is not None:
            yield f"that match {pattern.pattern}"


def task_name(sub: str, partition: int) -> str:
    """A task's name, the same for ever: sub-topology and partition."""
    return f"{sub}/{partition}"

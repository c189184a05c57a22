"""Why state on the disk is not what the app needs now, in words: its fingerprint tells only that it is not."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from streamz_core.broker.backend import Backend
from streamz_core.runtime.state.statedir import Explain, fingerprint
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import Plan
from streamz_state import Position

RETENTION = "retention.ms"


def differing(backend: Backend, plan: Plan, task: str, specs: Sequence[StoreSpec]) -> Explain:
    """What tells how the state of a task differs from these stores."""

    def why(position: Position) -> str:
        held, wanted = set(position.changelog), {one.name for one in specs if not one.memory}
        if held != wanted:
            return f"keeps {_stores(held)}, and the app now has {_stores(wanted)} there"
        before = [_as_made(backend, plan, one) for one in specs]
        if fingerprint(backend.identity, task, before, plan.sourced) == position.fingerprint:
            return "; ".join(
                f"keeps store {then.name} for {then.retention_ms} ms, and the app now says "
                f"{now.retention_ms} ms (what expired by the old word stays gone)"
                for then, now in zip(before, specs, strict=True)
                if then != now
            )
        return "was made for other types or windows of its stores, or for another log"

    return why


def _as_made(backend: Backend, plan: Plan, spec: StoreSpec) -> StoreSpec:
    """The store with the retention that its changelog was made for."""
    topic = backend.topics().get(plan.changelog(spec.name))
    now = kind_of(spec).changelog(spec).get(RETENTION)
    if topic is None or now is None or RETENTION not in topic.config:
        return spec
    return evolve(spec, retention_ms=spec.retention_ms + topic.config[RETENTION] - now)


def _stores(names: set[str]) -> str:
    if not names:
        return "no stores"
    return f"store{'s' * (len(names) > 1)} {', '.join(sorted(names))}"

"""Emitters of steps whose answers come later. By port 0 a record comes in and waits; by port ANSWER it goes on, with the
answer in the place of its value.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines, Waits
from streamz_core.lines.sides import Side
from streamz_core.operators.waiting.batches import Batches
from streamz_core.operators.waiting.line import ALL
from streamz_core.topology.edges import ANSWER
from streamz_core.topology.nodes import Calling, Func, MapAsync, MapBatch, Node


def map_async(lines: Lines, node: MapAsync, port: int, flow: Flow) -> None:
    """The call is begun where the record comes in, or as soon as there is room for one more."""
    if port == ANSWER:
        _go_on(lines, node, flow)
        return
    ask = lines.bound(
        f"ask_{node.name}", f"asking({node.name!r}, {node.concurrency}, {node.timeout_ms})"
    )
    given = ", ".join(_given(lines, node.fn, flow))
    key = flow.key.raw(lines) if node.by_key else lines.constant("ALL", ALL)
    lines.wait(key, flow, lambda at: f"{ask}({at.topic}, {at.offset}, {given})")


def map_batch(lines: Lines, node: MapBatch, port: int, flow: Flow) -> None:
    """The function is called with what was gathered in the order in which it came."""
    if port == ANSWER:
        _go_on(lines, node, flow)
        return
    fn, *given = _given(lines, node.fn, flow)
    made = lines.constant("Batches", Batches)

    def gather(at: Waits) -> str:
        batches = lines.bound(
            f"{node.name}_batches", f"{made}({at.line}, {node.name!r}, {fn}, {node.size})"
        )
        return f"{batches}.add({', '.join(given)})"

    lines.wait(lines.constant("ALL", ALL), flow, gather)


def _given(lines: Lines, fn: Func, flow: Flow) -> list[str]:
    """The function, and what it is called with: later, so what others do to the objects meanwhile it does not see."""
    key = [flow.key.apart(lines).obj(lines)] if fn.with_key else []
    return [lines.constant(fn.name, fn.call), *key, flow.value.apart(lines).obj(lines)]


def _go_on(lines: Lines, node: Calling, flow: Flow) -> None:
    value = lines.fresh("value")
    lines.add(f"{value} = {flow.value.obj(lines)}.result()")
    lines.forward(evolve(flow, value=Side(node.value, obj=value)))


EMITTERS: Mapping[type[Node], Emitter] = {MapAsync: map_async, MapBatch: map_batch}

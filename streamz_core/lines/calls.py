"""Lines that any operator needs: the call of a function, its context, the end of a record."""

from __future__ import annotations

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.topology.nodes import Func


def call(lines: Lines, fn: Func, flow: Flow, *arguments: str) -> str:
    """The expression that calls a function of the user directly."""
    given = [flow.key.lent(lines)] if fn.with_key else []
    given += arguments
    for spec in fn.stores:
        facade = lines.facade(spec, reads=spec.name in fn.reading)
        lines.add(f"{facade}.timestamp = {flow.timestamp}")
        given.append(facade)
    return f"{lines.constant(fn.name, fn.call)}({', '.join(given)})"


def drop(lines: Lines, reason: str) -> None:
    """Count a record that ends at this node; `reason` is an expression."""
    lines.add(f"drop({reason}, {lines.node.name!r})")


def context_at(lines: Lines, flow: Flow) -> str:
    """The variable with the Context, brought up to the record that `flow` describes."""
    context = lines.context()
    lines.add(f"{context}.timestamp = {flow.timestamp}")
    lines.add(f"{context}.headers = {flow.headers}")
    return context

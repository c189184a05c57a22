"""Lines that put rows which expire. They are read as all rows by key: what is over is gone before a record looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.keyed import lines as keyed
from streamz_core.topology.nodes import StoreSpec


def ripening(lines: Lines, spec: StoreSpec) -> str:
    """The variable with what knows when rows of a store are over."""
    return lines.bound(f"{spec.name}_ripening", f"store({spec.name!r}).ripening")


@contextmanager
def put(lines: Lines, spec: StoreSpec, flow: Flow, value: Side) -> Iterator[Flow]:
    """Overwrite the row of a key, and note when it was."""
    with keyed.put(lines, spec, flow, value) as taken:
        noted = f"{ripening(lines, spec)}.note({flow.key.raw(lines, spec.key)}, {flow.timestamp})"
        if value.nullable:
            with lines.block(f"if not ({value.is_null()}):"):
                lines.add(noted)
        else:
            lines.add(noted)
        yield taken

"""Lines that stop the records a join has no use for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines


@contextmanager
def present(lines: Lines, flow: Flow, *, keyless: bool) -> Iterator[Flow]:
    """The flow of records that have a value, and a key unless `keyless` ones are kept; others are dropped."""
    value_null = flow.value.is_null(looked_at=True)
    tests = [value_null] if keyless else [flow.key.is_null(), value_null]
    nulls = [test for test in tests if test != "False"]
    if not nulls:
        yield flow
        return
    with lines.block(f"if {' or '.join(nulls)}:"):
        key_null = flow.key.is_null()
        drop(lines, "'null-value'" if keyless else f"'null-key' if {key_null} else 'null-value'")
    with lines.block(
        "else:", flow.with_value() if keyless else flow.with_key().with_value()
    ) as kept:
        yield kept

"""Lines that ask the user which partitions a record goes to (Kafka: StreamPartitioner)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from streamz_core.errors import Misuse
from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.topology.nodes import Func


@contextmanager
def placed(
    lines: Lines, partitioner: Func | None, topic: str, width: str, flow: Flow
) -> Iterator[tuple[Flow, str]]:
    """The block for records that go anywhere: the flow in it, and the variable with their partitions, or
    None where the key decides; "" without a partitioner. `topic`, `width`: expressions.
    """
    if partitioner is None:
        yield flow, ""
        return
    targets, count = lines.fresh("targets"), lines.fresh("width")
    key, value = flow.key.lent(lines), flow.value.lent(lines)
    made = f"{lines.constant(partitioner.name, partitioner.call)}({topic}, {key}, {value}, {count})"
    lines.add(f"{count} = {width}")
    check = lines.constant("partitions_of", partitions_of)
    lines.add(f"{targets} = {check}({made}, {count}, {partitioner.name!r})")
    with lines.block(f"if {targets} == ():"):
        drop(lines, "'no-partition'")
    with lines.block("else:", flow) as going:
        yield going, targets


def partitions_of(made: object, width: int, step: str) -> tuple[int, ...] | None:
    """What a partitioner gave, as partitions: one, several, none; None: the key decides. Misuse for others."""
    if made is None:
        return None
    several = isinstance(made, Iterable) and not isinstance(made, str | bytes)
    found: list[Any] = list(cast("Iterable[Any]", made)) if several else [made]
    for each in found:
        if type(each) is not int or not 0 <= each < width:
            raise Misuse(
                f"the partitioner of {step} gives {made!r:.80}; it has to be a partition from 0 to {width - 1}, several, "
                "none of them, or None, by which the key decides"
            )
    return tuple(dict.fromkeys(found))

"""What is run alone, a record or the call of a timer: nothing else is done before it is known that it may stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from attrs import frozen

from streamz_core.runtime.task.timers import Clock


@frozen
class Marks:
    """What there was before: timers, how many records of each output, the times of the operators, what was counted."""

    timers: tuple[Clock, Clock]
    outputs: Mapping[str, int]
    times: Mapping[str, int]
    counted: Counter[tuple[str, str]]


@frozen
class Attempt:
    """When it is over one of these is called: `kept`, or `failed` with what it raised, when nothing of it is left."""

    kept: Callable[[], None]
    failed: Callable[[Exception], None]

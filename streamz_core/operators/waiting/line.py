"""Where records wait for answers: one line for each depth of a task (topology/depths.py).

They go on in the order in which they came, from one end of the line. Those that are in order by key only may go on
before others that wait; nothing else is passed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

ALL: Final = object()
"""In the place of a key: in order with everything."""


class Answer(Protocol):
    """What a step has asked for."""

    def ready(self) -> bool:
        """Whether it is there."""
        ...

    def result(self) -> Any:
        """What it is, once it is there; raises what the call raised."""
        ...


class Source(Protocol):
    """A step that gives its answers when it is asked to."""

    def press(self) -> None:
        """Let no answer wait any longer."""
        ...

    def forget(self) -> None:
        """Nobody wants the answers any more."""
        ...


class Place(NamedTuple):
    """One record. `apart`: its key if it is in order by key only, else ALL. `answer`: what it waits for, None where
    it only has to wait for those before it."""

    apart: object
    answer: Answer | None
    go_on: Callable[..., None]
    arguments: tuple[Any, ...]


class Line:
    """See the module. `sources`: the steps in it that have to be asked for what they hold back."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._places: deque[Place] = deque()

    def __len__(self) -> int:
        return len(self._places)

    def wait(
        self, apart: object, answer: Answer, go_on: Callable[..., None], *arguments: Any
    ) -> None:
        """Call `go_on` when the answer is there, and it is its turn."""
        self._places.append(Place(apart, answer, go_on, arguments))

    def behind(self, go_on: Callable[..., None], *arguments: Any) -> None:
        """Call `go_on` behind all that wait: now, if nobody does."""
        if self._places:
            self._places.append(Place(ALL, None, go_on, arguments))
        else:
            go_on(*arguments)

    def move(self) -> bool:
        """Let go on what can; whether anything did. What is raised leaves it to the caller to `forget`."""
        places, moved = self._places, False
        stay: list[Place] = []
        passed: set[object] = set()
        while places:
            place = places.popleft()
            if place.apart in passed or not (place.answer is None or place.answer.ready()):
                stay.append(place)
                passed.add(place.apart)
            elif place.apart is ALL and stay:
                stay.append(place)
            else:
                place.go_on(*place.arguments)
                moved = True
            if stay and stay[-1].apart is ALL:
                break
        places.extendleft(reversed(stay))
        return moved

    def press(self) -> bool:
        """Have those steps answer that hold something back, and let go on what can; whether nobody waits any more."""
        for source in self.sources:
            source.press()
        self.move()
        return not self._places

    def forget(self) -> None:
        """Nobody waits any more, and nothing goes on."""
        self._places.clear()
        for source in self.sources:
            source.forget()

"""A promise: a sentence, how it is tried, and whether only one kind of broker can keep it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from attrs import frozen

from streamz_core.testing.promises.clients import Side
from streamz_core.testing.promises.stage import Make, Stage


@frozen
class Promise:
    """`name` and `sentence`: what is promised. `only`: the one side that can keep it, and `because` the reason why the
    other cannot; "" for what both keep."""

    name: str
    sentence: str
    play: Callable[[Stage], None]
    only: Side | None = None
    because: str = ""

    def __call__(self, make: Make) -> None:
        """Try it: AssertionError if it is not kept, and whatever the broker raises, with the sentence as a note."""
        try:
            with Stage(make) as stage:
                self.play(stage)
        except Exception as error:
            error.add_note(f"not kept: {self.name}: {self.sentence}")
            raise

    def kept_by(self, side: Side) -> bool:
        """Whether this kind of broker can keep it."""
        return self.only in (None, side)


def promised(play: Callable[[Stage], None]) -> Promise:
    """What this function tries; its docstring is the sentence."""
    return Promise(play.__name__, _sentence(play), play)


def promised_by(side: Side, because: str) -> Callable[[Callable[[Stage], None]], Promise]:
    """What only brokers of this kind can keep, with the reason why."""
    return lambda play: Promise(play.__name__, _sentence(play), play, side, because)


def _sentence(play: Callable[[Stage], None]) -> str:
    told = inspect.getdoc(play)
    assert told, "a promise is a sentence"
    return " ".join(told.split())

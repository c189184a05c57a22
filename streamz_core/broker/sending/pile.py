"""Records for one partition that wait together, and what became of each."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from streamz_core.broker.sending.sent import Delivered, Told
from streamz_core.errors import StreamzError

logger = logging.getLogger("streamz.producer")

WIDTH = 5
NUMBER = 4
TIME = 2


class _Landed(NamedTuple):
    """Records that were written: their numbers and timestamps in order, the first at offset `base`."""

    numbers: list[int]
    timestamps: Sequence[int]
    base: int


class Pile(list[Any]):
    """Key, value, timestamp, headers and number of one record after the other, in one list: a column is a
    slice, and there is no object a record for the garbage collector to look at.

    The number is what the records up to this one weigh, so that it tells both which one it is and how much
    waits. `total` is the last. There is no lock: what a sender does between its look at a pile and `extend`
    has no call in it, so as CPython runs it no other thread has its turn there.
    """

    __slots__ = ("_calls", "_error", "_hurry", "_landed", "done", "partition", "topic", "total")

    def __init__(self, topic: str, partition: int, hurry: Callable[[float | None], None]) -> None:
        super().__init__()
        self.topic = topic
        self.partition = partition
        self.total = 0
        self.done = 0  # the number of the last that was written
        self._landed: list[_Landed] = []
        self._error: StreamzError | None = None
        self._calls: list[tuple[int, Told]] = []  # no deque: a topic may have thousands of piles
        self._hurry = hurry

    # ---- for whoever sent them, in any thread

    def told(self, number: int) -> Delivered | None:
        if number <= self.done:
            return self._find(number)
        if self._error is not None:
            raise self._error
        return None

    def listen(self, number: int, call: Told) -> None:
        self._calls.append((number, call))
        if number <= self.done or self._error is not None:
            self.tell()  # it may have been told a moment ago: whoever takes it off calls it

    def hurry(self, timeout_s: float | None) -> None:
        self._hurry(timeout_s)

    # ---- for the thread that writes

    @property
    def weight(self) -> int:
        """What is not written of it."""
        return self.total - self.done

    def columns(self) -> list[list[Any]]:
        """What is not written, as keys, values, timestamps and headers."""
        return [self[at::WIDTH] for at in range(NUMBER)]

    def land(self, count: int, base: int, timestamps: Sequence[int]) -> int:
        """The first `count` are written, from offset `base` on; what they weighed."""
        end = count * WIDTH
        numbers = self[NUMBER:end:WIDTH]
        del self[:end]
        self._landed.append(_Landed(numbers, timestamps, base))
        weight: int = numbers[-1] - self.done
        self.done = numbers[-1]  # last of all: who sees it finds the rest
        return weight

    def fail(self, error: StreamzError) -> int:
        """What is not written never will be; how many records that are."""
        count = len(self) // WIDTH
        self._error = error
        self.clear()
        return count

    def tell(self) -> None:
        """Call those who wait for what is known by now."""
        calls = self._calls
        for _ in range(len(calls)):
            try:
                number, call = calls.pop(0)
            except IndexError:  # another thread calls them
                return
            if number <= self.done:
                _call(call, None, self._find(number))
            elif self._error is not None:
                _call(call, self._error, None)
            else:
                calls.append((number, call))

    def _find(self, number: int) -> Delivered:
        for numbers, timestamps, base in self._landed:
            if number <= numbers[-1]:
                row = bisect_left(numbers, number)
                return Delivered(self.topic, self.partition, base + row, timestamps[row])
        raise AssertionError("what is done has landed")


def counts(piles: Iterator[Pile]) -> dict[str, int]:
    """How many records wait in them, by topic."""
    found: dict[str, int] = {}
    for pile in piles:
        if pile:
            found[pile.topic] = found.get(pile.topic, 0) + len(pile) // WIDTH
    return found


def _call(call: Told, error: StreamzError | None, found: Delivered | None) -> None:
    try:
        call(error, found)
    except Exception:
        logger.exception("on_delivery: %r", call)

"""The calls that one task has asked for and not yet committed. What is undone and run again finds its answers here: a call
is made once, unless the process dies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

from streamz_core.env.door import Answer, Calls, Env

Where = tuple[str, int]
"""Topic and offset of a record."""


class Asked(NamedTuple):
    """One call: with what, and what comes of it."""

    given: tuple[Any, ...]
    answer: Answer[Any]


class Asking:
    """The calls of one step. `limit`: how many run at once, and how many of its records are taken before one is over."""

    def __init__(self, calls: Calls, limit: int, timeout_s: float | None) -> None:
        self.calls = calls
        self._limit = limit
        self._timeout_s = timeout_s
        self._known: dict[Where, list[Asked]] = {}
        self._used: Counter[Where] = Counter()

    @property
    def room(self) -> int:
        """How many records more may be taken."""
        return self._limit - self.calls.running

    def __call__(
        self, topic: str, offset: int, fn: Callable[..., Coroutine[Any, Any, Any]], *given: Any
    ) -> Answer[Any]:
        """The answer for a record, which may have been asked before, with the same values."""
        where = topic, offset
        known, at = self._known.setdefault(where, []), self._used[where]
        self._used[where] += 1
        if at < len(known):
            if _same(known[at].given, given):
                return known[at].answer
            for old in known[at:]:
                old.answer.cancel()
            del known[at:]
        answer = self.calls.start(partial(fn, *given), self._timeout_s)
        known.append(Asked(given, answer))
        return answer

    def rewind(self) -> None:
        """What was asked since the last commit is undone, and may be asked again; but not what no record asked."""
        self._used.clear()
        for where in [where for where in self._known if where[1] < 0]:
            for asked in self._known.pop(where):
                asked.answer.cancel()

    def settle(self, offsets: Mapping[str, int]) -> None:
        """All before these offsets is committed, by topic."""
        done = [where for where in self._known if where[1] < offsets.get(where[0], 0)]
        for where in done:
            del self._known[where]
            self._used.pop(where, None)


class Askings:
    """Those of one task, by step. `wake`: called, in another thread, when calls have ended."""

    def __init__(self, env: Env, wake: Callable[[], object]) -> None:
        self.env = env
        self._wake = wake
        self._all: list[Asking] = []

    def of(self, step: str, concurrency: int, timeout_ms: int | None) -> Asking:  # noqa: ARG002
        """What begins the calls of a step."""
        timeout_s = None if timeout_ms is None else timeout_ms / 1000
        made = Asking(self.env.calls(concurrency, self._wake), concurrency, timeout_s)
        self._all.append(made)
        return made

    def room(self, records: int) -> int:
        """How many of so many records may be taken."""
        return max(min([records, *(one.room for one in self._all)]), 0)

    @property
    def running(self) -> bool:
        """Whether any has not ended."""
        return any(one.calls.running for one in self._all)

    def idle(self) -> bool:
        """Nothing can be done before one has ended; see env.Calls."""
        return any(one.calls.idle() for one in self._all)

    def rewind(self) -> None:
        """See Asking."""
        for one in self._all:
            one.rewind()

    def settle(self, offsets: Mapping[str, int]) -> None:
        """See Asking."""
        for one in self._all:
            one.settle(offsets)

    def close(self) -> None:
        """Nobody waits for any."""
        for one in self._all:
            one.calls.close()
        self._all.clear()


def _same(one: object, other: object) -> bool:
    """Whether it is the same question. What cannot be compared is another one."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - whatever objects raise when they are compared
        return False

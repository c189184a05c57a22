"""Counters that show that a worker turns: its own, which it raises, and those of the others."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container
from functools import partial

from attrs import frozen

from streamz_core.env.door import Env, Executor, File
from streamz_core.log.chain.layout import FULL, Layout

PROGRESS_S = 1.0
BESIDE_S = 10.0
"""How often at most a thread looks beside the loop: an idle worker is to wake for nothing else."""
_COUNTER = struct.Struct("<Q")


def _nothing() -> None:
    """Made between other calls."""


@frozen
class _Seen:
    """The counter of another member, and when it last moved (our clock)."""

    count: int
    at_s: float


class Progress:
    """A member's file holds its counter; one that stands still for `stall_s` makes no progress."""

    def __init__(
        self, env: Env, layout: Layout, stall_s: float, at: Callable[[], object] | None = None
    ) -> None:
        """`at`: another value whenever this member got on; asked in a thread beside it."""
        self._env = env
        self._at = at
        self._told_at: object = None
        self._beside: Executor | None = None
        self._layout = layout
        self._stall_s = stall_s
        self._pause_s = min(PROGRESS_S, stall_s / 4)
        self._beside_s = min(BESIDE_S, stall_s / 4)
        self._seen: dict[bytes, _Seen] = {}
        self._counter: File | None = None
        self._count = 0
        self._count_s = 0.0

    def begin(self, incarnation: bytes) -> bool:
        """Show progress in the file of this member; false if that is not there."""
        self.end()
        try:
            self._counter = self._env.open(self._layout.member(incarnation), write=True)
        except FileNotFoundError:
            return False
        if self._at is not None:
            self._beside = self._env.executor("streamz-progress", _nothing)
            self._beside.submit(partial(self._look, self._beside), self._beside_s)
        return True

    def beat(self, now_s: float) -> None:
        """Show the others that this loop turns."""
        if self._counter is not None and now_s >= self._count_s:
            self._count_s = now_s + self._pause_s
            self._tell(self._counter)

    def _look(self, beside: Executor) -> None:
        """In a thread of its own: the loop may not turn for long, and yet go from record to record."""
        counter = self._counter
        if counter is None or beside is not self._beside or self._at is None:
            return
        at = self._at()
        if at != self._told_at:
            self._told_at = at
            self._tell(counter)
        beside.submit(partial(self._look, beside), self._beside_s)

    def _tell(self, counter: File) -> None:
        self._count += 1
        try:
            counter.pwrite(_COUNTER.pack(self._count), 0)
        except OSError as error:
            if error.errno not in FULL:
                raise

    def end(self) -> None:
        """Show no progress any more."""
        counter, self._counter = self._counter, None
        beside, self._beside = self._beside, None
        if beside is not None:
            # A look that has the file is over then, and others find none: its number may soon be
            # that of another file.
            beside.submit(_nothing).wait()
            beside.close()
        if counter is not None:
            counter.close()

    def stalled(self, incarnation: bytes, now_s: float, stall_s: float | None = None) -> bool:
        """Whether that member's counter stands still for too long; false for one that has none. `stall_s`: how long it
        may, if not as long as this one."""
        stall_s = self._stall_s if stall_s is None else stall_s
        seen = self._seen.get(incarnation)
        if seen is not None and now_s - seen.at_s < min(PROGRESS_S, stall_s / 2):
            return False
        try:
            data = self._env.read(self._layout.member(incarnation))
        except OSError:
            return False
        count = _COUNTER.unpack(data[: _COUNTER.size])[0] if len(data) >= _COUNTER.size else 0
        if seen is None or seen.count != count:
            self._seen[incarnation] = _Seen(count, now_s)
            return False
        # What it did in the pause after its last count was not told.
        return now_s - seen.at_s > stall_s + min(BESIDE_S, stall_s / 4)

    def forget_all_but(self, members: Container[bytes]) -> None:
        """Of others than these nothing need be known."""
        self._seen = {one: seen for one, seen in self._seen.items() if one in members}

"""The supervisor: starts worker processes and a janitor, starts them again when they crash, ends them together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from signal import SIGABRT, SIGBUS, SIGKILL, SIGSEGV, SIGTERM, Signals

from attrs import define

from streamz_core.env.door import Child, Env
from streamz_core.errors import Poisoned

logger = logging.getLogger("streamz.supervisor")

BACKOFF_MIN_S = 0.1
BACKOFF_MAX_S = 5.0
STEADY_S = 30.0  # a worker that lived this long starts its next life without delay
DRAIN_S = 60.0  # for all of them together
KILL_S = 5.0  # a process that the kernel is busy for outlives even SIGKILL
LOOK_S = 0.05
DEATHS_MAX = 15  # in a row, each before it lived for STEADY_S: the next one would end like these
JANITOR_AFTER_S = 3.0  # what ends before that needs none
FINAL = (
    1,
    2,
    Poisoned.exit_code,
)  # the app, its input or the disk is wrong: a start would fail again


@define
class _Slot:
    """One worker, or the janitor: its process, or when it is started again."""

    argv: list[str]
    title: str = "worker"
    child: Child | None = None
    started_s: float = 0.0
    delay_s: float = 0.0
    start_at_s: float = 0.0
    deaths: int = 0  # in a row, each soon after its start


_SAID = {
    SIGABRT: "as a program ends itself that gets no more memory",
    SIGKILL: "as the system does with one that takes too much memory",
    SIGSEGV: "a crash in a library that is not Python",
    SIGBUS: "as for a file that was cut off, or a disk that fails",
}


class Supervisor:
    """`workers` processes of the command `argv`, and one of `janitor`, if there is such a command: however
    that one ends, it is started again while workers work."""

    def __init__(
        self, env: Env, argv: Sequence[str], workers: int, janitor: Sequence[str] = ()
    ) -> None:
        self._env = env
        self._slots = [_Slot(list(argv)) for _ in range(workers)]
        if janitor:
            start_s = env.monotonic() + JANITOR_AFTER_S
            self._slots.append(_Slot(list(janitor), "janitor", start_at_s=start_s))
        self._workers = workers
        self._bell = env.doorbell()

    def pids(self) -> list[int]:
        """The processes alive now."""
        return [slot.child.pid for slot in self._slots if slot.child is not None]

    def run(self, stop: Callable[[], bool]) -> int:
        """Until `stop()` is true or every worker ended by itself; the exit code.

        0: all ended well. 1 or 2: a worker found the app or its input wrong, 70: a sync of the log
        failed; the others were drained, and so they were (1) where one died soon after each start.
        """
        try:
            return self._run(stop)
        finally:
            self._bell.close()

    def kill(self) -> None:
        """End every worker at once, as a crash would: what was committed stays, nothing else."""
        for slot in self._slots:
            if slot.child is not None:
                slot.child.signal(SIGKILL)

    def _run(self, stop: Callable[[], bool]) -> int:
        done = 0
        while not stop():
            for slot in self._slots:
                code = self._look(slot)
                if code == 0:
                    done += 1
                elif code is not None:
                    self._drain()
                    return code
            if done == self._workers:
                return self._drain()
            self._bell.wait(LOOK_S)
        return self._drain()

    def _look(self, slot: _Slot) -> int | None:
        """Start what is to be started; the code of a worker that ended and stays so."""
        now_s = self._env.monotonic()
        if slot.child is None:
            if slot.start_at_s >= 0 and now_s >= slot.start_at_s:
                slot.child = self._env.spawn(slot.argv)
                slot.started_s = now_s
            return None
        code = slot.child.poll()
        if code is None:
            return None
        pid = slot.child.pid
        slot.child = None
        if slot.title == "worker" and (code == 0 or code in FINAL):
            slot.start_at_s = -1.0
            return code
        steady = now_s - slot.started_s > STEADY_S
        slot.deaths = 0 if steady else slot.deaths + 1
        if slot.deaths >= DEATHS_MAX and slot.title == "worker":
            logger.error(_GIVEN_UP, pid, _ended(code), slot.deaths, STEADY_S)
            return 1
        slot.delay_s = 0.0 if steady else min(max(2 * slot.delay_s, BACKOFF_MIN_S), BACKOFF_MAX_S)
        slot.start_at_s = now_s + slot.delay_s
        logger.warning("%s %d %s: a new one in %.1f s", slot.title, pid, _ended(code), slot.delay_s)
        return None

    def _drain(self) -> int:
        """Ask all to finish; kill what does not. 0 if all did, and well."""
        living = [slot.child for slot in self._slots if slot.child is not None]
        # One that a signal ended a moment ago would have been started again: what it had begun is done by the next run.
        children = [child for child in living if (child.poll() or 0) >= 0]
        workers = [slot.child for slot in self._slots[: self._workers]]
        for child in children:
            child.signal(SIGTERM)
        give_up_s = self._env.monotonic() + DRAIN_S
        worst = 0
        for child in children:
            code = child.wait(max(give_up_s - self._env.monotonic(), 0.0))
            if code is None:
                logger.error("process %d did not finish in %.0f s: killed", child.pid, DRAIN_S)
                child.signal(SIGKILL)
                child.wait(KILL_S)
                code = 1
            if (
                child in workers and code != -SIGTERM
            ):  # that one was still starting: it had begun nothing
                worst = max(worst, abs(code))
        return 1 if worst else 0


_GIVEN_UP = (
    "worker %d %s; it was the %dth in a row that ended within %.0f s of its start: given up. Look at what the last ones said, "
    "give them more memory or fewer tasks each (limits: ulimit -v, the container's; streamz run --workers), and start again: "
    "what was committed is kept"
)


def _ended(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with {code}"
    try:
        number = Signals(-code)
    except ValueError:  # of real time
        return f"was ended by signal {-code}"
    said = _SAID.get(number)
    return f"was ended by {number.name}{f' ({said})' if said else ''}"

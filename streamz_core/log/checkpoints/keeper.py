"""Writing checkpoints: one now and then, and the newest are kept.

What is packed is the state at a moment; it is written once the record it stands at is durable. So no
checkpoint ever speaks of what a power cut could take back.
"""

from __future__ import annotations

import contextlib

from attrs import define

from streamz_core.errors import Misuse
from streamz_core.log.chain.layout import append_all
from streamz_core.log.chain.succession import Begin
from streamz_core.log.checkpoints import file, finding
from streamz_core.log.log import Log


@define
class _Waiting:
    """A checkpoint that is packed, and not written yet."""

    begin: Begin
    data: bytes


class Keeper:
    """Of a handle that watches everything. Any number of processes may have one; one is enough."""

    def __init__(self, log: Log) -> None:
        """Misuse if the log was not opened with `everything`."""
        if not log.index.everything:
            raise Misuse("checkpoints are written by a handle that was opened with everything=True")
        self._log = log
        self._waiting: _Waiting | None = None
        self._named = False  # whether the folder is there for good
        self._last = log.chain.begin  # the place of the newest one
        self._due_s = log.env.monotonic() + log.limits.checkpoint_s

    def turn(self) -> str | None:
        """Do what is due; the path of the checkpoint if one was written. To be called between refreshes.

        OSError if it could not be: then the one before it counts, and another is tried in time.
        """
        if self._waiting is None and self._due():
            self._pack()
        waiting = self._waiting
        if waiting is None or self._log.durability.known_lsn() < waiting.begin.lsn:
            return None
        self._waiting, self._last = None, waiting.begin
        return self._write(waiting)

    def _due(self) -> bool:
        log, last = self._log, self._last
        here = log.chain.place
        if log.chain.sealed or here.lsn == last.lsn:
            return False
        grown = here.segment != last.segment or (
            here.position - last.position > log.limits.checkpoint_bytes
        )
        return grown or log.env.monotonic() >= self._due_s

    def _pack(self) -> None:
        log = self._log
        self._due_s = log.env.monotonic() + log.limits.checkpoint_s
        place = log.chain.place
        self._waiting = _Waiting(place, file.encode(log.identity, place, log.state, log.index))

    def _write(self, waiting: _Waiting) -> str | None:
        log, env = self._log, self._log.env
        if not self._named:
            env.make_dirs(log.layout.checkpoints)
            env.sync_dir(log.layout.root)  # old segments go because there are checkpoints
            self._named = True
        path = log.layout.checkpoint(waiting.begin.lsn)
        temporary = f"{path}.{env.random(4).hex()}"
        made = env.create(temporary)
        try:
            append_all(made, waiting.data)
            made.datasync()
        finally:
            made.close()
        log.durability.syncing.check()  # nothing is durable if a sync failed
        try:
            env.rename(temporary, path)
        except FileNotFoundError:
            return None  # somebody wrote a newer one, and swept
        env.sync_dir(log.layout.checkpoints)
        self._sweep()
        return path

    def _sweep(self) -> None:
        """Take away what is older than those that are needed, and what was never finished."""
        log, env = self._log, self._log.env
        needed, _ = finding.kept(env, log.layout, log.identity, log.state.lsn, log.chain.carry)
        names = {one.begin.lsn for one in needed}
        oldest = min(names, default=0) if len(names) < finding.KEPT else needed[1].begin.lsn
        for name in env.list(log.layout.checkpoints):
            number, dot, _ = name.partition(".")
            old = number.isdigit() and int(number) < oldest + (dot == ".")
            if old and (dot or int(number) not in names):
                with contextlib.suppress(FileNotFoundError):
                    env.unlink(f"{log.layout.checkpoints}/{name}")

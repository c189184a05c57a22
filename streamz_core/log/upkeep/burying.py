"""Files that go: nobody reads them any more, and the record that says so cannot be taken back."""

from __future__ import annotations

import contextlib

from streamz_core.log.log import Log
from streamz_core.log.records.fields import INCARNATION_BYTES
from streamz_core.log.segments.writing import writes
from streamz_core.log.upkeep.forgetting import Forgetting

LOCK = ".lock"


class Burying:
    """Removes data files whose records were sealed or lost, sealed files that were replaced, commit segments that
    nobody needs, and leftovers.

    What is to go is chosen from the state at one record, and goes when that record is durable.
    """

    def __init__(self, log: Log, mover: bytes) -> None:
        """`mover`: who makes sealed files in this very process."""
        self._log = log
        self._mover = mover
        self._forgetting = Forgetting(log)
        self._doomed: list[str] = []
        self._lsn = 0  # what they were chosen by

    def turn(self) -> bool:
        """Remove what was chosen before if it may go now, or choose; true if something was removed."""
        log = self._log
        if not self._doomed:
            closed, movers = self._closed(), self._movers()
            log.refresh()  # behind the look at who lives: what the dead appended is seen now
            self._doomed = [*self._unused(closed), *self._unnamed(movers), *self._removed()]
            self._doomed += self._forgetting.paths()
            self._lsn = log.state.lsn
        if not self._doomed or not self._final():
            return False
        for path in self._doomed:
            log.env.point("bury")
            with contextlib.suppress(FileNotFoundError):  # somebody else does the same
                if path.endswith("/"):
                    log.env.remove_tree(path.rstrip("/"))
                else:
                    log.env.unlink(path)
        self._doomed = []
        return True

    def _final(self) -> bool:
        """Whether the record they were chosen by cannot be taken back. Poisoned: nobody knows."""
        durability = self._log.durability
        durability.syncing.check()
        return durability.known_lsn() >= self._lsn

    # ---- data files

    def _closed(self) -> dict[bytes, tuple[list[int], bool]]:
        """By writer: the numbers of the files that it never names in a record to come, and whether it lives."""
        env, layout, found = self._log.env, self._log.layout, {}
        for folder in env.list(layout.data):
            numbers = sorted(
                int(name) for name in env.list(f"{layout.data}/{folder}") if name.isdigit()
            )
            writer = bytes.fromhex(folder)
            living = writer == self._log.incarnation or writes(env, layout.writer_lock(writer))
            found[writer] = (numbers[:-1] if living else numbers, living)
        return found

    def _unused(self, closed: dict[bytes, tuple[list[int], bool]]) -> list[str]:
        """Those in which nothing lies that is read; a dead writer's folder when nothing is left in it."""
        layout, used = self._log.layout, self._log.index.used()
        paths: list[str] = []
        for writer, (numbers, living) in closed.items():
            free = [number for number in numbers if (writer, number) not in used]
            if free == numbers and not living:
                paths.append(f"{layout.data_of(writer)}/")
            else:
                paths += [layout.data_file(writer, number) for number in free]
        return paths

    # ---- sealed files

    def _movers(self) -> set[bytes]:
        """Those that name nothing in a record to come: the dead, and this one, which has nothing in hand."""
        env, layout = self._log.env, self._log.layout
        names = [name for name in env.list(layout.part) if name.endswith(LOCK)]
        movers = [bytes.fromhex(name.removesuffix(LOCK)) for name in names]
        dead = {
            one for one in movers if one != self._mover and not writes(env, layout.mover_lock(one))
        }
        return {*dead, self._mover}

    def _unnamed(self, movers: set[bytes]) -> list[str]:
        """What these made and no record names: it was replaced, or they died first. Their locks go last."""
        layout = self._log.layout
        named = {
            layout.sealed(*where, file.base, file.name)
            for where, files in self._log.state.sealed.files.items()
            for file in files
        }
        left = [
            path for path, mover in self._sealed_files() if path not in named and mover in movers
        ]
        return left or [layout.mover_lock(one) for one in sorted(movers - {self._mover})]

    def _sealed_files(self) -> list[tuple[str, bytes]]:
        """(path, mover) of every sealed file, finished or not."""
        env, layout, found = self._log.env, self._log.layout, []
        for topic_id in self._log.state.topics:
            for partition in env.list(f"{layout.part}/{topic_id}"):
                folder = f"{layout.part}/{topic_id}/{partition}"
                for name in env.list(folder):
                    mover = name.rpartition("-")[2][: 2 * INCARNATION_BYTES]
                    found.append((f"{folder}/{name}", bytes.fromhex(mover)))
        return found

    def _removed(self) -> list[str]:
        """Folders of topics that are no more."""
        log = self._log
        return [
            f"{log.layout.part}/{topic_id}/"
            for topic_id in log.state.topics
            if not log.state.has(topic_id, 0) and log.env.exists(f"{log.layout.part}/{topic_id}")
        ]

"""The word that a sync of the log failed. Nobody syncs again, every process ends, the next start heals."""

from __future__ import annotations

import contextlib
import errno
import logging
from typing import NoReturn

from attrs import define

from streamz_core.env.door import Env, File, Lock
from streamz_core.errors import Corrupt, Poisoned
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout

logger = logging.getLogger("streamz.log")

EXIT_POISONED = 70
# What opening a folder says; its fsync never does (fsync(2)). No sync was begun, so none failed.
NOT_OPENED = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EACCES,
        errno.EPERM,
        errno.ELOOP,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
    }
)


def poison_paths(layout: Layout, identity: Identity) -> tuple[str, str]:
    """The two places that say it: the disk that failed may not take the first."""
    return layout.poison, f"/dev/shm/streamz-{identity.log_id.hex()}"  # noqa: S108 - a flag, no content


def is_poisoned(env: Env, layout: Layout, identity: Identity) -> bool:
    """Whether a sync of this log failed since its last cold start."""
    return any(env.exists(path) for path in poison_paths(layout, identity))


def poison(env: Env, layout: Layout, identity: Identity) -> None:
    """Tell every process of the log that a sync failed."""
    for path in poison_paths(layout, identity):
        # Where no file can be opened any more, a second name of one that is there can still be given.
        # If none of all can be made, the exit code tells.
        with contextlib.suppress(OSError):
            try:
                env.create(path).close()
            except OSError as error:
                if error.errno in NOT_OPENED:
                    env.link(layout.identity, path)


@define
class Syncing:
    """Syncs of one log, none of which is tried twice."""

    env: Env
    layout: Layout
    identity: Identity
    _settled: int = 0  # the newest segment whose name was made durable here

    def check(self) -> None:
        """Poisoned if a sync failed anywhere, Corrupt if the log is gone: what is appended to a file without a name
        is lost. At level power asked before anything is acknowledged."""
        if not self.env.exists(self.layout.commit):
            raise self.gone
        if is_poisoned(self.env, self.layout, self.identity):
            raise Poisoned(
                f"a sync of the log {self.layout.root} failed: stop every process that uses it and "
                "start again; the start verifies the log and rewrites its tail"
            )

    @property
    def gone(self) -> Corrupt:
        """What is told where the directory of the log is no more."""
        return Corrupt(
            f"the log {self.layout.root} is gone: somebody removed or renamed it while this process used it. "
            "What was acknowledged since the last sync may be lost with it; open the home again"
        )

    def lock(self, wait_s: float = 0.0) -> Lock | None:
        """The lock of whoever syncs for the others; None if somebody else holds it all that time."""
        try:
            return self.env.lock(self.layout.sync_lock, exclusive=True, wait_s=wait_s)
        except FileNotFoundError as error:
            raise self.gone from error

    def sync(self, file: File) -> None:
        """Sync one file, or poison the log and end the process: a second try would lie."""
        try:
            file.datasync()
        except OSError as error:
            self.fail(error)

    def sync_paths(self, paths: list[str], *, moved: bool = False) -> None:
        """Sync these files, in this order; OSError if one could not be opened now, Corrupt if it is gone.

        `moved`: all but the last may be gone, for what they held was sealed in others.
        """
        for path in paths:
            try:
                file = self.env.open(path)
            except FileNotFoundError as error:
                if moved and path != paths[-1]:
                    continue  # whoever needs it after all will tell
                if not self.env.exists(self.layout.commit):
                    raise self.gone from error
                raise Corrupt(f"{path} is missing, and commits refer to it") from error
            try:
                self.sync(file)
            finally:
                file.close()

    def settle(self, segment: int) -> None:
        """Make the name of a segment durable. Once, before anybody hears that a record in it is: whoever gave
        it its name may have been killed before he could. OSError if the folder could not be opened now."""
        if segment > self._settled:
            try:
                self.env.sync_dir(self.layout.commit)
            except OSError as error:
                if error.errno in NOT_OPENED:
                    raise
                self.fail(error)
            self._settled = segment

    def fail(self, error: OSError) -> NoReturn:
        """A sync failed: tell the others and end."""
        poison(self.env, self.layout, self.identity)
        logger.critical(
            "a sync of the log %s failed (%s): this process ends, and every other that uses the log will. "
            "Start again; the start verifies the log and rewrites its tail",
            self.layout.root,
            error,
        )
        self.env.exit(EXIT_POISONED)

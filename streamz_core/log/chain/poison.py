"""The word that a sync of the log failed. Nobody syncs again, every process ends, the next start heals."""

from __future__ import annotations

from attrs import define

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt, Poisoned
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout

EXIT_POISONED = 70


def poison_paths(layout: Layout, identity: Identity) -> tuple[str, str]:
    """The two places that say it: the disk that failed may not take the first."""
    return layout.poison, f"/dev/shm/streamz-{identity.log_id.hex()}"  # noqa: S108 - a flag, no content


def is_poisoned(env: Env, layout: Layout, identity: Identity) -> bool:
    """Whether a sync of this log failed since its last cold start."""
    return any(env.exists(path) for path in poison_paths(layout, identity))


def poison(env: Env, layout: Layout, identity: Identity) -> None:
    """Tell every process of the log that a sync failed."""
    for path in poison_paths(layout, identity):
        try:
            env.create(path).close()
        except OSError:
            continue  # the other one must do; where neither can be made, the exit code tells


@define
class Syncing:
    """Syncs of one log, none of which is tried twice."""

    env: Env
    layout: Layout
    identity: Identity
    _settled: int = 0  # the newest segment whose name was made durable here

    def check(self) -> None:
        """Poisoned if a sync failed anywhere. At level power asked before anything is acknowledged."""
        if is_poisoned(self.env, self.layout, self.identity):
            raise Poisoned(
                f"a sync of the log {self.layout.root} failed: stop every process that uses it and "
                "start again; the start verifies the log and rewrites its tail"
            )

    def sync(self, file: File) -> None:
        """Sync one file, or poison the log and end the process: a second try would lie."""
        try:
            file.datasync()
        except OSError:
            self.fail()

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
                raise Corrupt(f"{path} is missing, and commits refer to it") from error
            try:
                self.sync(file)
            finally:
                file.close()

    def settle(self, segment: int) -> None:
        """Make the name of a segment durable. Once, before anybody hears that a record in it is: whoever gave
        it its name may have been killed before he could."""
        if segment > self._settled:
            try:
                self.env.sync_dir(self.layout.commit)
            except OSError:
                self.fail()
            self._settled = segment

    def fail(self) -> None:
        """A sync failed: tell the others and end."""
        poison(self.env, self.layout, self.identity)
        self.env.exit(EXIT_POISONED)

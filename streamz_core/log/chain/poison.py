"""The word that a sync of the log failed. Nobody syncs again, every process ends, the next start heals."""

from __future__ import annotations

from attrs import frozen

from streamz_core.env.door import Env, File
from streamz_core.errors import Poisoned
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


@frozen
class Syncing:
    """Syncs of one log, none of which is tried twice."""

    env: Env
    layout: Layout
    identity: Identity

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

    def fail(self) -> None:
        """A sync failed: tell the others and end."""
        poison(self.env, self.layout, self.identity)
        self.env.exit(EXIT_POISONED)

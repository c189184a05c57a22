"""All that a log needs beside the work, at once: what a janitor does in an hour, because somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing, suppress

from attrs import evolve, frozen

from streamz_core.env.door import Env
from streamz_core.log.chain.layout import size_of
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.upkeep.asked import Asked
from streamz_core.log.upkeep.upkeep import Upkeep, watch_all

FOLDERS = {"commit": 0, "data": 1, "part": 2, "ckpt": 0, "copies": 0}
"""Of a log: its chain, payload as it was committed, sealed files, checkpoints, copies of frames; each with how deep the files lie in it."""
LOCK = "lock"


def thorough(limits: Limits) -> Limits:
    """The same, for a handle that `tidy_up` uses: nothing is too small, or too soon."""
    return evolve(limits, seal_bytes=1, merge_files=2, checkpoint_bytes=0)


@frozen
class Sizes:
    """What a log takes: by folder, how many files and bytes."""

    folders: dict[str, tuple[int, int]]

    @property
    def bytes(self) -> int:
        """Of all of them."""
        return sum(size for _, size in self.folders.values())


def tidy_up(log: Log, topics: Collection[int] | None = None) -> None:
    """Seal, merge, compact, retain what is committed now, write a checkpoint, and remove what nobody needs any more.

    `topics`: ids of those whose records are moved; None: all. A janitor that does the same meanwhile does no harm, nor does
    this to him. `log` was opened with the limits of `thorough`, and watches all topics from now on.
    """
    watch_all(log)
    log.durability.secure()
    asked = Asked(at_once=True, topics=topics, until=log.state.lsn)
    with closing(Upkeep(log, asked)) as upkeep:
        while upkeep.move():
            pass
        log.durability.secure()  # what is removed was chosen by records that nothing takes back
        upkeep.remember()
        while upkeep.bury():
            log.durability.secure()


def sizes(log: Log) -> Sizes:
    """What the files of a log take now."""
    root = log.layout.root
    return Sizes({name: _size(log.env, f"{root}/{name}", deep) for name, deep in FOLDERS.items()})


def _size(env: Env, path: str, deep: int) -> tuple[int, int]:
    """Files and bytes below a folder; what goes meanwhile takes nothing."""
    files = total = 0
    for name in env.list(path):
        if name.endswith(LOCK):
            continue
        with suppress(FileNotFoundError):
            below = f"{path}/{name}"
            more, size = _size(env, below, deep - 1) if deep else (1, size_of(env, below))
            files, total = files + more, total + size
    return files, total

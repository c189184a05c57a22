"""The home directory of an app or a program: what the system refuses there is said of the directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamz_core.env.door import Env
from streamz_core.errors import Misuse, StorageFull
from streamz_core.log.chain.layout import FULL


@contextmanager
def usable(env: Env, home: str) -> Iterator[None]:
    """What the system refuses at `home`, above or below it, becomes Misuse that names the path; StorageFull where it has no
    room."""
    try:
        for folder in (home, f"{home}/log"):
            env.list(folder)  # a file there may look missing when the directory cannot be read
        yield
    except OSError as error:
        path = str(error.filename)
        if not f"{path}/".startswith(f"{home}/") and not f"{home}/".startswith(f"{path}/"):
            raise
        if error.errno in FULL:
            raise StorageFull(
                f"{path}: {error.strerror}; the disk of the home directory {home} takes no more: make room, and begin again"
            ) from error
        raise Misuse(
            f"{path}: {error.strerror}; the home directory {home} must be a directory that this "
            "user may read and write: mend it, or name another by --home or home="
        ) from error

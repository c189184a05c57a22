"""Where `print` steps write their lines."""

from __future__ import annotations

import sys
from collections.abc import Callable

from streamz_core.env.door import Env, File


def printer(env: Env, path: str | None) -> Callable[[str], None]:
    """What writes lines to the end of a file, which it makes if there is none; to stdout without a path.

    OSError from the first line on if the file cannot be written.
    """
    if path is None:
        return _to_stdout
    held: list[File] = []

    def write(line: str) -> None:
        if not held:
            held.append(_opened(env, path))
        data = f"{line}\n".encode()
        while data:
            data = data[held[0].append(data) :]

    return write


def _to_stdout(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _opened(env: Env, path: str) -> File:
    try:
        return env.create(path)
    except FileExistsError:
        return env.open(path, write=True)

"""Names of files, without touching them."""

# The door speaks in strings; a path object would be a cost on every call.
# ruff: noqa: PTH100, PTH111

from __future__ import annotations

from os.path import abspath, expanduser

from streamz_core.errors import Misuse


def absolute(path: str) -> str:
    """The path from the root, `~` and `..` resolved; relative ones begin where the process stands. Misuse
    where that directory was removed."""
    try:
        return abspath(expanduser(path))
    except FileNotFoundError:
        raise Misuse(
            f"{path}: the working directory is there no more; change to one that is, or name a path from /"
        ) from None

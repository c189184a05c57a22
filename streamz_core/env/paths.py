"""Names of files, without touching them."""

# The door speaks in strings; a path object would be a cost on every call.
# ruff: noqa: PTH100, PTH111

from __future__ import annotations

from os import PathLike, fspath
from os.path import abspath, expanduser

from streamz_core.errors import Misuse

AnyPath = str | PathLike[str]


def path_of(what: str, given: object) -> str:
    """A path as text; TypeError, Misuse. Nothing is none: it is what a variable gives that nobody set."""
    path = fspath(given) if isinstance(given, PathLike) else given
    if not isinstance(path, str):
        raise TypeError(f"{what} is {given!r:.80}; it has to be the path of a directory, as text")
    if not path.strip() or "\0" in path:
        raise Misuse(f"{what} is {path!r:.80}, which is no path; say one, or leave it out")
    return path


def absolute(path: str) -> str:
    """The path from the root, `~` and `..` resolved; relative ones begin where the process stands. Misuse
    where that directory was removed."""
    try:
        return abspath(expanduser(path))
    except FileNotFoundError:
        raise Misuse(
            f"{path}: the working directory is there no more; change to one that is, or name a path from /"
        ) from None

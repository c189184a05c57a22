"""Names of files, without touching them."""

# The door speaks in strings; a path object would be a cost on every call.
# ruff: noqa: PTH100, PTH111

from __future__ import annotations

from os.path import abspath, expanduser


def absolute(path: str) -> str:
    """The path from the root, `~` and `..` resolved; relative ones begin where the process stands."""
    return abspath(expanduser(path))

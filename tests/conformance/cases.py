"""Recorded cases, read from files and folders."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.conformance.decided import DECIDED

Json = Any
"""A value of a case: null, bool, integer, string, list or object."""

Spec = dict[str, Json]
"""A JSON object of a case: a node, an input, an output, a query."""

SUFFIXES = (".jsonl", ".jsonl.xz")
REQUIRED = ("name", "group", "config", "nodes", "inputs", "outputs")


class Unreadable(Exception):
    """A path that holds no cases, or a line that is none. Says which."""


@frozen
class Case:
    """One recorded case. What is expected is ours (`house`, DECIDED) where we differ on purpose."""

    spec: Spec

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def group(self) -> str:
        return str(self.spec["group"])

    @property
    def rule(self) -> str:
        """The rule that the case pins, or "" for a random one."""
        return str(self.spec.get("rule", ""))

    @property
    def config(self) -> Spec:
        return dict(self.spec["config"])

    @property
    def nodes(self) -> list[Spec]:
        return list(self.spec["nodes"])

    @property
    def inputs(self) -> list[Spec]:
        return list(self.spec["inputs"])

    @property
    def queries(self) -> list[Spec]:
        return list(self.spec.get("queries", []))

    @property
    def answers_expected(self) -> list[Json]:
        """An answer for each query."""
        return list(self._ours("answers") or [])

    @property
    def outputs_expected(self) -> list[Spec]:
        return list(self._ours("outputs") or [])

    @property
    def stores_expected(self) -> dict[str, list[Json]]:
        found = dict(self._ours("stores") or {})
        if not self.keeps_headers:
            return found
        return {name: [without_headers(row) for row in rows] for name, rows in found.items()}

    @property
    def keeps_headers(self) -> bool:
        """Whether Kafka's stores have headers there; ours have none, so rows are compared without."""
        made = any(node.get("headers") for node in self.nodes)
        return made or bool(self.config.get("headers_stores"))

    @property
    def error_expected(self) -> Spec | None:
        """`{at, after?}` of the error that must come; None if the case must run to its end."""
        return self._ours("error") if "house" not in self.spec else None

    @property
    def cached(self) -> bool:
        """Whether Kafka had a record cache: its tables pass changes on at commits only."""
        return bool(self.config.get("cache_bytes", 0) > 0)

    def _ours(self, field: str) -> Json:
        for ours in (DECIDED.get(self.name, {}), self.spec.get("house", {})):
            if field in ours:
                return ours[field]
        return self.spec.get(field)


def without_headers(row: list[Json]) -> list[Json]:
    """A row of a store without the list of headers at its end, if there is one."""
    return row[:-1] if len(row) > 3 and isinstance(row[-1], list) else row


def read_cases(paths: Iterable[Path]) -> Iterator[Case]:
    """All cases of these files and folders (`.jsonl`, `.jsonl.xz`), by file name, then line; those of the
    folders inside of a folder come last.

    Raises Unreadable for a path that does not exist or holds no such file, and for a bad line.
    """
    for path in paths:
        for file in _files(path):
            yield from _read_file(file)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = [file for file in path.rglob("*") if file.name.endswith(SUFFIXES)]
    found.sort(key=lambda file: (len(file.parts), file))
    if not found:
        what = "holds no .jsonl or .jsonl.xz file" if path.is_dir() else "does not exist"
        raise Unreadable(f"{path}: {what}")
    return found


def _read_file(file: Path) -> Iterator[Case]:
    try:
        data = file.read_bytes()
        text = (lzma.decompress(data) if file.suffix == ".xz" else data).decode()
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: {error}") from error
    # Not splitlines(): values may hold characters that it takes for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _read_line(f"{file}:{number}", line)


def _read_line(place: str, line: str) -> Case:
    try:
        spec = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"{place}: {error}") from error
    missing = [field for field in REQUIRED if not isinstance(spec, dict) or field not in spec]
    if missing:
        raise Unreadable(f"{place}: not a case, it lacks {', '.join(missing)}")
    return Case(spec)

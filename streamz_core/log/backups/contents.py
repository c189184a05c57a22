"""What of its files belongs to a log at one record: these, copied, are that log."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from streamz_core.log.chain.layout import segments, size_of
from streamz_core.log.checkpoints import finding
from streamz_core.log.log import Log

PATHS = re.compile(
    r"LOG|durable|commit/\d{6,18}|copies/\d{6,18}|ckpt/\d{1,20}|data/[0-9a-f]{16}/\d{1,18}|part/\d{1,18}/\d{1,18}/\d{20}-[0-9a-f]+",
    re.ASCII,
)
"""All that a backup holds, below the directory of the log: nothing else is ever made of one."""


@frozen
class Piece:
    """The first `bytes` of a file; `path`: below the directory of the log."""

    path: str
    bytes: int


def pieces(log: Log) -> Iterator[Piece]:
    """The files of a log up to where this handle stands, which watches everything.

    What was appended behind that is left out, and so is what a data file holds behind the last record that
    counts: it would bear witness of commits that the copy does not have.
    """
    root = f"{log.layout.root}/"
    for path, size in _files(log):
        yield Piece(path.removeprefix(root), size_of(log.env, path) if size is None else size)


def _files(log: Log) -> Iterator[tuple[str, int | None]]:
    """(path, how much of it); None: all."""
    layout, here = log.layout, log.chain.place
    for number in segments(log.env, layout):
        if number <= here.segment:
            yield layout.segment(number), here.position if number == here.segment else None
    for name in log.env.list(layout.copies):
        if name.isdigit():
            # Whole, though more is in it than belongs to what is copied: nobody names that.
            yield layout.copies_of(int(name)), None
    for lsn in finding.numbers(log.env, layout):
        if lsn <= here.lsn:
            yield layout.checkpoint(lsn), None
    for (incarnation, number), end in sorted(_ends(log).items()):
        if incarnation:
            yield layout.data_file(incarnation, number), end
    for (topic, partition), files in log.state.sealed.files.items():
        for file in files:
            if file.name:
                yield layout.sealed(topic, partition, file.base, file.name), None
    yield layout.identity, None  # at the end: what was interrupted is no log


def _ends(log: Log) -> dict[tuple[bytes, int], int]:
    """Of each file in which records lie where they were committed, where the last of them ends."""
    found: dict[tuple[bytes, int], int] = {}
    for kept in log.index.ranges.values():
        for number, end in kept.ends().items():
            file = log.index.files[number]
            found[file] = max(found.get(file, 0), end)
    return found

"""`streamz log compact`: all that a janitor would do in time, now."""

from __future__ import annotations

import argparse

from streamz_core.cli.columns import add_json, show
from streamz_core.cli.log.directories import open_log
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled
from streamz_core.log.limits import MIB, Limits
from streamz_core.log.upkeep.by_hand import Sizes, sizes, thorough, tidy_up

COLUMNS = ("folder", "files", "bytes", "files before", "bytes before")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `compact` takes."""
    parser.add_argument(
        "topics",
        nargs="*",
        type=filled,
        metavar="TOPIC",
        help="move the records of these alone (default: of all)",
    )
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Do it, beside a janitor or without one, and print what the log takes; UnknownTopic."""
    log = open_log(given, everything=True, limits=thorough(Limits()))
    try:
        topics = [log.topic(name).id for name in given.topics] or None
        before = sizes(log)
        tidy_up(log, topics)
        after = sizes(log)
    finally:
        log.close()
    show(COLUMNS, _rows(before, after), as_json=given.json)
    say(
        f"{log.layout.root} took {before.bytes / MIB:.1f} MiB, and takes {after.bytes / MIB:.1f} MiB"
    )
    return 0


def _rows(before: Sizes, after: Sizes) -> list[dict[str, object]]:
    return [
        dict(zip(COLUMNS, (name, *after.folders[name], *before.folders[name]), strict=True))
        for name in after.folders
    ]

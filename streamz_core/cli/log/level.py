"""`streamz log level`: another durability level for a log that there is."""

from __future__ import annotations

import argparse

from streamz_core.cli.log.directories import open_log
from streamz_core.cli.talk import say
from streamz_core.log.chain.identity import LEVELS
from streamz_core.log.upkeep.leveling import set_level


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `level` takes."""
    parser.add_argument(
        "level",
        choices=LEVELS,
        help="power: synced before it is acknowledged; process: synced once a second",
    )


def execute(given: argparse.Namespace) -> int:
    """Set it, for all who use the log, those that run included."""
    log = open_log(given)
    try:
        changed = set_level(log, given.level)
    finally:
        log.close()
    was = "has" if changed else "had"
    say(f"{log.layout.root} {was} the durability level {given.level}, for all who use it")
    return 0

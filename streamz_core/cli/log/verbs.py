"""`streamz log`: its verbs, a row for each; every one has a file of its own."""

from __future__ import annotations

import argparse

from streamz_core.cli.log import check, compact, info, level, recover
from streamz_core.cli.verbs.table import Verb, add_verbs, execute

VERBS = (
    Verb("info", "which log this is, its files, how far it goes", info.arguments, info.execute),
    Verb("check", "read every byte: is it what was committed?", check.arguments, check.execute),
    Verb(
        "compact",
        "do now what a janitor does in time: seal, compact, retain, remove",
        compact.arguments,
        compact.execute,
    ),
    Verb("level", "what an acknowledgement means from now on", level.arguments, level.execute),
    Verb(
        "recover",
        "let a damaged log go on from what can be read",
        recover.arguments,
        recover.execute,
    ),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `log` takes."""
    add_verbs(parser, VERBS)


__all__ = ["arguments", "execute"]

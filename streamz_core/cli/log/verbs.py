"""`streamz log`: its verbs, a row for each; every one has a file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from attrs import frozen

from streamz_core.cli.log import check, info, level, recover
from streamz_core.cli.places import add_place


@frozen
class Verb:
    """`arguments` says what it takes beside --home and --app, `execute` does it."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


VERBS = (
    Verb("info", "which log this is, its files, how far it goes", info.arguments, info.execute),
    Verb("check", "read every byte: is it what was committed?", check.arguments, check.execute),
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
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        own = verbs.add_parser(verb.name, help=verb.help, allow_abbrev=False)
        verb.arguments(own)
        add_place(own)
        own.set_defaults(verb=verb.execute)


def execute(given: argparse.Namespace) -> int:
    """Do it."""
    code: int = given.verb(given)
    return code

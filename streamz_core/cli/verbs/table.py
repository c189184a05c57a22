"""Commands that have verbs, a row for each: `streamz topics list`, `streamz log check`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from attrs import frozen

from streamz_core.cli.places import add_place


@frozen
class Verb:
    """`arguments` says what it takes beside --home and --app, `execute` does it."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


def add_verbs(parser: argparse.ArgumentParser, table: Sequence[Verb]) -> None:
    """A command of verbs on the log that --home and --app name."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in table:
        own = verbs.add_parser(verb.name, help=verb.help, allow_abbrev=False)
        verb.arguments(own)
        add_place(own)
        own.set_defaults(verb=verb.execute)


def execute(given: argparse.Namespace) -> int:
    """Do what the verb says."""
    code: int = given.verb(given)
    return code

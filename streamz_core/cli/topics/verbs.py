"""`streamz topics`: its verbs, a row for each; every one has a file of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from attrs import frozen

from streamz_core.cli.places import add_place
from streamz_core.cli.topics import alter, consume, create, delete, describe, listing, produce, skip


@frozen
class Verb:
    """`arguments` says what it takes beside --home and --app, `execute` does it."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


VERBS = (
    Verb(
        "list", "every topic, with its partitions and records", listing.arguments, listing.execute
    ),
    Verb(
        "create", "make a topic; and a log, if there is none yet", create.arguments, create.execute
    ),
    Verb("describe", "one topic, partition by partition", describe.arguments, describe.execute),
    Verb("alter", "other settings, or more partitions", alter.arguments, alter.execute),
    Verb("produce", "write records from stdin, one a line", produce.arguments, produce.execute),
    Verb("consume", "read records", consume.arguments, consume.execute),
    Verb("delete", "delete a topic", delete.topic_arguments, delete.delete_topic),
    Verb(
        "delete-records",
        "delete the oldest records of partitions",
        delete.record_arguments,
        delete.delete_records,
    ),
    Verb("skip", "give up records that cannot be read", skip.arguments, skip.execute),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `topics` takes."""
    add_verbs(parser, VERBS)


def add_verbs(parser: argparse.ArgumentParser, table: Sequence[Verb]) -> None:
    """A command of verbs on the log that --home and --app name."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in table:
        own = verbs.add_parser(verb.name, help=verb.help, allow_abbrev=False)
        verb.arguments(own)
        add_place(own)
        own.set_defaults(verb=verb.execute)


def execute(given: argparse.Namespace) -> int:
    """Do it."""
    code: int = given.verb(given)
    return code

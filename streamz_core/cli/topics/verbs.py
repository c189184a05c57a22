"""`streamz topics`: its verbs, a row for each; every one has a file of its own."""

from __future__ import annotations

import argparse

from streamz_core.cli.topics import alter, consume, create, delete, describe, listing, produce, skip
from streamz_core.cli.verbs.table import Verb, add_verbs, execute

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


__all__ = ["arguments", "execute"]

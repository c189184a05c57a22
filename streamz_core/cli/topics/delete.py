"""`streamz topics delete` and `delete-records`: a topic, or the oldest records of its partitions, are no more."""

from __future__ import annotations

import argparse

from streamz_core.broker.admin import Admin
from streamz_core.cli.places import open_broker
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.cli.words import filled
from streamz_core.errors import Misuse


def topic_arguments(parser: argparse.ArgumentParser) -> None:
    """What `delete` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "--force", action="store_true", help="also if it is read now, or internal to an app"
    )
    add_execute(parser)


def delete_topic(given: argparse.Namespace) -> int:
    """Say what is lost by it; delete the topic with --execute."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found = admin.describe(given.topic)
        print(f"{found.name}: {found.partitions} partitions, {sum(found.records)} records")
        if given.execution:
            admin.delete_topic(given.topic, force=given.force)
    return told(given, f"deleted topic {given.topic}", "to delete the topic")


def record_arguments(parser: argparse.ArgumentParser) -> None:
    """What `delete-records` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "offsets",
        nargs="+",
        metavar="PARTITION:OFFSET",
        help="delete what is before OFFSET; PARTITION:-1 deletes all",
    )
    add_execute(parser)


def delete_records(given: argparse.Namespace) -> int:
    """Say how many records that are; delete them with --execute."""
    wanted = dict(_pair(word) for word in given.offsets)
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        stops, found = admin.deletable(given.topic, wanted), admin.describe(given.topic)
        for partition, stop in stops.items():
            begin = found.begins[partition]
            print(f"{given.topic}[{partition}]: offsets {begin} to {max(begin, stop)}")
        if given.execution:
            admin.delete_records(given.topic, wanted)
    return told(given, f"deleted these of {given.topic}", "to delete these records")


def _pair(word: str) -> tuple[int, int]:
    partition, _, offset = word.partition(":")
    try:
        return int(partition), int(offset)
    except ValueError:
        raise Misuse(f"{word}: write PARTITION:OFFSET, such as 0:1000") from None

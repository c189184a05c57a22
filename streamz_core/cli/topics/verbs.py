"""`streamz topics`: what there is on a log; `produce` and `consume` have files of their own."""

from __future__ import annotations

import argparse
import json
from typing import Any

from streamz_core.broker.admin import Admin, TopicDescription
from streamz_core.cli.places import add_place, open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.topics import consume, produce

PARTITIONS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `topics` takes."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every topic, with its partitions and records")
    create = verbs.add_parser("create", help="make a topic; and a log, if there is none yet")
    create.add_argument("topic")
    create.add_argument("--partitions", type=int, default=PARTITIONS, metavar="N")
    create.add_argument("--cleanup", choices=["delete", "compact"], default="delete")
    describe = verbs.add_parser("describe", help="one topic, partition by partition")
    describe.add_argument("topic")
    write = verbs.add_parser("produce", help="write records from stdin, one a line")
    produce.arguments(write)
    read = verbs.add_parser("consume", help="read records")
    consume.arguments(read)
    for verb in (listing, create, describe, write, read):
        add_place(verb)
    for verb in (listing, describe):
        verb.add_argument("--json", action="store_true", help="one JSON object a line")


def execute(given: argparse.Namespace) -> int:
    """Do it."""
    code: int = _VERBS[given.verb](given)
    return code


def _list(given: argparse.Namespace) -> int:
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found = [admin.describe(name) for name in admin.topics()]
    rows = [
        {
            "topic": one.name,
            "partitions": one.partitions,
            "records": sum(one.ends),
            "cleanup": one.config.get("cleanup", "delete"),
        }
        for one in found
    ]
    _table(("topic", "partitions", "records", "cleanup"), rows, as_json=given.json)
    return 0


def _create(given: argparse.Namespace) -> int:
    broker, _ = open_broker(given, create=True)
    with broker:
        topic = Admin(broker).create_topic(given.topic, given.partitions, cleanup=given.cleanup)
    say(f"created topic {topic.name} with {topic.partitions} partitions in {broker.home}")
    return 0


def _describe(given: argparse.Namespace) -> int:
    broker, _ = open_broker(given)
    with broker:
        found: TopicDescription = Admin(broker).describe(given.topic)
    rows = [{"topic": found.name, "partition": p, "end": end} for p, end in enumerate(found.ends)]
    _table(("topic", "partition", "end"), rows, as_json=given.json)
    return 0


def _table(columns: tuple[str, ...], rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """A line for each row: JSON, or columns under their names."""
    if as_json:
        for row in rows:
            print(json.dumps(row, separators=(",", ":")))
        return
    lines = [tuple(name.upper() for name in columns)]
    lines += [tuple(str(row[name]) for name in columns) for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        print(
            "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        )


_VERBS = {
    "list": _list,
    "create": _create,
    "describe": _describe,
    "produce": produce.execute,
    "consume": consume.execute,
}

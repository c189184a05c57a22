"""`streamz topics alter`: other settings for a topic, or more partitions."""

from __future__ import annotations

import argparse
from typing import Any

from streamz_core.broker.admin import Admin
from streamz_core.broker.operating.altering import Alteration
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.cli.words import filled, pair, positive
from streamz_core.topic_config import default_of

COLUMNS = ("topic", "what", "is", "will be")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `alter` takes."""
    parser.add_argument("topic", type=filled)
    parser.add_argument(
        "--partitions", type=positive, metavar="N", help="as many as it has, or more"
    )
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        type=pair,
        metavar="NAME=VALUE",
        help="retention.ms, cleanup.policy, ...; may be given several times",
    )
    parser.add_argument(
        "--delete-config",
        dest="unset",
        action="append",
        default=[],
        type=filled,
        metavar="NAME",
        help="let it be as it is unless said; may be given several times",
    )
    parser.add_argument(
        "--force", action="store_true", help="also if an app that runs would end by it"
    )
    add_json(parser)
    add_execute(parser)


def execute(given: argparse.Namespace) -> int:
    """Say what changes, and what that breaks; change it with --execute."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        wanted: dict[str, Any] = {
            "partitions": given.partitions,
            "config": dict(given.config),
            "unset": given.unset,
        }
        found = admin.alteration(given.topic, **wanted)
        rows = _rows(found)
        if not rows:
            say(f"topic {given.topic} is so already: there is nothing to change")
            return 0
        show(COLUMNS, rows if given.json else list(map(_shown, rows)), as_json=given.json)
        for each in found.breaks:
            say(each)
        if given.execution:
            admin.alter_topic(given.topic, **wanted, force=given.force)
    return told(given, f"altered topic {given.topic}", "to alter the topic")


def _rows(found: Alteration) -> list[dict[str, object]]:
    return [
        dict(zip(COLUMNS, (found.topic.name, what, *said), strict=True))
        for what, *said in found.changes()
    ]


def _shown(row: dict[str, object]) -> dict[str, object]:
    """Where nothing is said of a setting, what counts then."""
    return {
        name: f"{default_of(str(row['what']))} (default)" if said is None else said
        for name, said in row.items()
    }

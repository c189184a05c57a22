"""`streamz groups list` and `lag`: every group there is, a line for each; how far each is behind, topic by topic."""

from __future__ import annotations

import argparse
from typing import Any

from streamz_core.broker.admin import Admin
from streamz_core.broker.operating.groups import GroupDescription
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.words import filled

LIST = ("group", "kind", "state", "members", "partitions", "lag")
LAG = ("group", "topic", "partitions", "lag")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `list` takes."""
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print them, sorted by name."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found = [admin.describe_group(name) for name in admin.groups()]
    show(LIST, [_row(one) for one in found], as_json=given.json)
    return 0


def lag_arguments(parser: argparse.ArgumentParser) -> None:
    """What `lag` takes."""
    parser.add_argument("groups", nargs="*", type=filled, metavar="GROUP", help="default: all")
    add_json(parser)


def execute_lag(given: argparse.Namespace) -> int:
    """Print, for each topic a group committed in, how many offsets it is behind; Misuse for a group there is not."""
    broker, _ = open_broker(given)
    with broker:
        admin = Admin(broker)
        found = [admin.describe_group(name) for name in given.groups or admin.groups()]
    show(LAG, [row for one in found for row in _by_topic(one)], as_json=given.json)
    return 0


def _row(one: GroupDescription) -> dict[str, Any]:
    told = (one.name, one.kind, one.state, len(one.members), len(one.parts), one.lag)
    return dict(zip(LIST, told, strict=True))


def _by_topic(one: GroupDescription) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for part in one.parts:
        if part.lag is not None:
            row = rows.setdefault(
                part.topic, dict(zip(LAG, (one.name, part.topic, 0, 0), strict=True))
            )
            row["partitions"] += 1
            row["lag"] += part.lag
    return list(rows.values())

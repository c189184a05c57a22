"""`streamz groups describe`: one group, a line for each partition; with --members, for each process."""

from __future__ import annotations

import argparse
from typing import Any

from streamz_core.broker.admin import Admin
from streamz_core.broker.operating.groups import GroupDescription
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled
from streamz_core.coordination.seats import STATIC

COLUMNS = (
    "group",
    "topic",
    "partition",
    "current-offset",
    "log-end-offset",
    "lag",
    "consumer-id",
    "pid",
)
MEMBERS = ("group", "consumer-id", "member", "pid", "tasks")
NOBODY = "-"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `describe` takes."""
    parser.add_argument("group", type=filled)
    parser.add_argument(
        "--members", action="store_true", help="the processes, with their tasks or partitions"
    )
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print where it stands, and who reads what; Misuse if there is no such group."""
    broker, _ = open_broker(given)
    with broker:
        found = Admin(broker).describe_group(given.group)
    none = None if given.json else NOBODY
    say(f"group {found.name} ({found.kind}) is {found.state}, with {len(found.members)} members")
    if given.members:
        show(MEMBERS, _members(found, as_json=given.json), as_json=given.json)
    else:
        show(COLUMNS, _parts(found, none), as_json=given.json)
    return 0


def _parts(found: GroupDescription, none: str | None) -> list[dict[str, Any]]:
    rows = []
    for part in found.parts:
        stands = (none, none) if part.committed is None else (part.committed, part.lag)
        who = part.member
        told = (none, none) if who is None else (who.id.hex(), who.info.get("pid", none))
        row = (found.name, part.topic, part.partition, stands[0], part.end, stands[1], *told)
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    return rows


def _members(found: GroupDescription, *, as_json: bool) -> list[dict[str, Any]]:
    rows = []
    for one in found.members:
        has, none = found.of(one), None if as_json else NOBODY
        shown: object = has if as_json else ", ".join(has) or NOBODY
        info = one.info
        row = (found.name, one.id.hex(), info.get(STATIC, none), info.get("pid", none), shown)
        rows.append(dict(zip(MEMBERS, row, strict=True)))
    return rows

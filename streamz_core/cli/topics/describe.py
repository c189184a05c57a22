"""`streamz topics describe`: one topic, a line for each partition."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from streamz_core.broker.admin import Admin
from streamz_core.broker.backend import Gap
from streamz_core.cli.columns import add_json, show
from streamz_core.cli.places import open_broker
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `describe` takes."""
    parser.add_argument("topic", type=filled)
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print its partitions: what there is of them, and what is lost in between; UnknownTopic."""
    broker, _ = open_broker(given)
    with broker:
        found = Admin(broker).describe(given.topic)
    rows = [
        {
            "topic": found.name,
            "partition": p,
            "begin": found.begins[p],
            "end": end,
            "records": found.records[p],
            "gaps": _gaps(found.gaps[p], as_json=given.json),
        }
        for p, end in enumerate(found.ends)
    ]
    say(f"keys of {found.name} are {found.key}, values {found.value}")
    said = ", ".join(f"{name}={value}" for name, value in sorted(found.config.items()))
    say(f"config: {said or 'as it is unless said'}")
    show(("topic", "partition", "begin", "end", "records", "gaps"), rows, as_json=given.json)
    return 0


def _gaps(gaps: Sequence[Gap], *, as_json: bool) -> object:
    """The offsets that are lost: from the first to the one behind the last, and why."""
    if as_json:
        return [{"from": start, "to": stop, "cause": cause} for start, stop, cause in gaps]
    return ", ".join(f"{start} to {stop - 1} ({cause})" for start, stop, cause in gaps) or "none"

"""`streamz reset APP`: the app begins anew, as if it had never run, or where it is told to."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.embedded import open_backend
from streamz_core.broker.homes import usable
from streamz_core.broker.operating.targets import earliest
from streamz_core.cli.columns import add_json
from streamz_core.cli.groups.targets import add_targets, target_of
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_app, add_settings, home_of, overrides
from streamz_core.cli.talk import say
from streamz_core.cli.verbs.execution import add_execute, told
from streamz_core.runtime.patterns import matched
from streamz_core.runtime.reset import Reset, plan_reset, reset

UNKNOWN_DIRECTORY = (
    "the app was reset, but {} stays: it is never used again; remove it when you can"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `reset` takes."""
    add_app(parser)
    parser.add_argument(
        "--input-topics",
        metavar="A,B",
        default="",
        help="of these the offsets change (default: of every topic that the app reads)",
    )
    add_targets(
        parser,
        "at the first record (without any of these: there too, unless a source has offset_reset=)",
    )
    add_json(parser)
    add_settings(parser)
    add_execute(parser)


def execute(given: argparse.Namespace) -> int:
    """Say what goes; let it go with --execute. Misuse while a worker of the app lives."""
    env = machine()
    app = load_app(given.app)
    job = app.job(overrides(given.set), env)
    home = home_of(given.home, app, env)
    only = [name for name in given.input_topics.split(",") if name]
    with (
        usable(env, home),
        closing(open_backend(env, home, job.config, create=False)) as backend,
    ):
        plan = matched(job, backend).plan
        hops = {hop.topic for hop in plan.hops}
        inputs = {one.topic for sub in plan.subs for one in sub.inputs} - hops
        target = target_of(given, env.now_ms(), earliest)
        wanted = plan_reset(backend, env, home, job.name, inputs, target=target, only=only)
        if wanted.empty:
            say(f"app {job.name} never ran in {home}: there is nothing to reset")
            return 0
        for row in _rows(wanted):
            print(json.dumps(row, separators=(",", ":")) if given.json else _text(row))
        _warn(wanted)
        left = reset(backend, env, wanted, _asker(env.pid())) if given.execution else ""
    if left:
        say(UNKNOWN_DIRECTORY.format(left))
    return told(
        given,
        f"app {job.name} was reset: its next run begins anew",
        "to let go of all this, and begin anew",
    )


def _asker(pid: int) -> str:
    return f"streamz reset, pid {pid}"


def _rows(wanted: Reset) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"goes": "offset", "topic": topic, "partition": partition, "from": at, "to": to}
        for (topic, partition), (at, to) in wanted.offsets.items()
    ]
    rows += [
        {"goes": "topic", "topic": name, "records": count}
        for name, count in sorted(wanted.removed.items())
    ]
    rows += [{"goes": "type", "topic": name} for name in wanted.types]
    if wanted.directory:
        rows.append({"goes": "state", "directory": wanted.directory})
    return rows


def _text(row: dict[str, Any]) -> str:
    if row["goes"] == "state":
        return f"state      {row['directory']} is removed"
    if row["goes"] == "type":
        return (
            f"types      that it said it reads {row['topic']} as no longer count: it may say others"
        )
    if row["goes"] == "topic":
        return f"topic      {row['topic']} is removed, with {row['records']} records"
    stands = "was never read" if row["from"] is None else f"stands at {row['from']}"
    begins = "anew" if row["to"] is None else f"at {row['to']}"
    return f"input      {row['topic']}[{row['partition']}] {stands}, and begins {begins}"


def _warn(wanted: Reset) -> None:
    for topic, group in sorted(wanted.readers.items()):
        say(f"group {group} reads {topic}, which will be another topic: it begins anew there")
    if wanted.living:
        pids = ", ".join(str(one.info.get("pid", "?")) for one in wanted.living)
        say(f"app {wanted.app} is running (pid {pids}): it is not reset before that ends")

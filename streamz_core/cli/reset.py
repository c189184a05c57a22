"""`streamz reset APP`: the app begins anew, as if it had never run, or where it is told to."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.embedded import open_backend
from streamz_core.broker.homes import usable
from streamz_core.cli.columns import add_json
from streamz_core.cli.execution import add_execute, told
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_app, add_settings, home_of, overrides
from streamz_core.cli.talk import say
from streamz_core.cli.times import duration, milliseconds
from streamz_core.cli.words import number, whole
from streamz_core.runtime.patterns import matched
from streamz_core.runtime.reset import (
    Reset,
    Target,
    earliest,
    first,
    latest,
    plan_reset,
    reset,
    shifted_by,
    to_offset,
    to_time,
)

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
    begin = parser.add_argument_group(
        "where it begins (one of them)"
    ).add_mutually_exclusive_group()
    begin.add_argument(
        "--to-earliest",
        action="store_true",
        help="at the first record (without any of these: there too, unless a source has offset_reset=)",
    )
    begin.add_argument("--to-latest", action="store_true", help="behind the last record")
    begin.add_argument("--to-offset", type=whole, metavar="N", help="at offset N of each partition")
    begin.add_argument(
        "--to-datetime", metavar="T", help="at the first record of T or later: ms, or ISO with zone"
    )
    begin.add_argument(
        "--by-duration",
        metavar="D",
        help="at the first record that is no older than D: P7D, PT1H30M, or 7d, 90m, 10s",
    )
    begin.add_argument(
        "--shift-by",
        type=number,
        metavar="N",
        help="N records behind where it stands, or before (-N)",
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
        target = _target(given, env.now_ms())
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


def _target(given: argparse.Namespace, now_ms: int) -> Target:
    if given.to_earliest:
        return first
    if given.to_latest:
        return latest
    if given.to_offset is not None:
        return to_offset(given.to_offset)
    if given.to_datetime is not None:
        return to_time(milliseconds(given.to_datetime))
    if given.by_duration is not None:
        return to_time(now_ms - duration(given.by_duration))
    if given.shift_by is not None:
        return shifted_by(given.shift_by)
    return earliest


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

"""`streamz log check`: every byte of a log is read, and what is not as it was committed is told."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attrs import asdict

from streamz_core.cli.columns import add_json
from streamz_core.cli.log.directories import find_log
from streamz_core.cli.talk import say
from streamz_core.log.chain.copies import Healed
from streamz_core.log.inspection.checking import Checked, Fault, check


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `check` takes."""
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print a line for each fault, and for each record that is read from a copy. 1 if there is any fault."""
    env, layout, identity = find_log(given)
    found = check(env, layout, identity)
    for one in found.faults:
        print(_json(asdict(one)) if given.json else _text(one))
    for healed in found.healed:
        print(_json(asdict(healed)) if given.json else _healed(healed))
    say(_verdict(found, layout.root))
    if found.beyond:
        say(
            f"behind the last commit lie {found.beyond} bytes that are of none: a commit that was under way, or is just now, "
            "or what somebody else wrote there; no reader takes them for records"
        )
    return 1 if found.faults else 0


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, separators=(",", ":"))


def _healed(one: Healed) -> str:
    return f"{one.path}: commit {one.lsn} rotted there, and is healed: everybody reads it from {one.copy}"


def _text(one: Fault) -> str:
    if not one.topic:
        return one.why
    last = f" to {one.stop - 1}" if one.stop > one.start + 1 else ""
    return f"{one.topic}[{one.partition}] offset {one.start}{last} (commit {one.lsn}): {one.why}"


def _verdict(found: Checked, root: str) -> str:
    read = f"{found.commits} commits and {found.bytes} bytes of payload in {found.ranges} ranges"
    if not found.faults and found.healed:
        return (
            f"{root} is sound but for what is healed: {read} were read, and all is as it was committed. The disk loses "
            "bits: take a backup, and have it looked at"
        )
    if not found.faults:
        return f"{root} is sound: {read} were read, and all is as it was committed"
    count = len(found.faults)
    return (
        f"{root}: {count} fault{'s' * (count > 1)}; {read} were read, and nothing was changed. Restore the files that are "
        f"named from a copy; where there is none, {' and '.join(_ways(found))}"
    )


def _ways(found: Checked) -> list[str]:
    """What helps where there is no copy: records can be given up, and what lies behind a place on the chain."""
    skips = "`streamz topics skip` gives up records that cannot be read"
    recovers = "`streamz log recover` says what would be lost if the log went on from its last commit that can be read"
    of_topics = [bool(one.topic) for one in found.faults]
    return [skips] * any(of_topics) + [recovers] * (not all(of_topics))

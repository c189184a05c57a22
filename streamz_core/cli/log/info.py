"""`streamz log info`: which log this is, its files, how far its chain goes."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attrs import asdict

from streamz_core.cli.columns import add_json
from streamz_core.cli.log.directories import find_log
from streamz_core.log.inspection.survey import Survey, survey

MIB = 1 << 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `info` takes."""
    add_json(parser)


def execute(given: argparse.Namespace) -> int:
    """Print it. 1 if the chain cannot be read to its end."""
    env, layout, identity = find_log(given)
    found = survey(env, layout, identity)
    print(_json(found, layout.root) if given.json else _text(found, layout.root))
    return 1 if found.why else 0


def _json(found: Survey, root: str) -> str:
    told: dict[str, Any] = {
        "log": root,
        "id": found.identity.log_id.hex(),
        "format": found.identity.version,
        **{name: value for name, value in asdict(found).items() if name != "identity"},
    }
    told["writers"] = [{**one, "incarnation": one["incarnation"].hex()} for one in told["writers"]]
    return json.dumps(told, separators=(",", ":"))


def _text(found: Survey, root: str) -> str:
    kinds = ", ".join(f"{count} {name}" for name, count in found.kinds.items())
    kinds += f" behind commit {found.since}" if found.since else ""
    chain = sum(one.bytes for one in found.segments)
    payload = sum(one.bytes for one in found.writers)
    rows = [
        ("log", f"{root}, id {found.identity.log_id.hex()}, format {found.identity.version}"),
        ("level", found.level + (", a sync FAILED" if found.poisoned else "")),
        ("commits", f"{found.commits}, of which {found.durable} are known to be on the disk"),
        ("", kinds),
        ("chain", f"{len(found.segments)} segments, {chain / MIB:.1f} MiB"),
        *(("", _segment(one.number, one.after, one.bytes)) for one in found.segments),
        (
            "payload",
            f"{_files(found)} files of {len(found.writers)} writers, {payload / MIB:.1f} MiB",
        ),
        *(
            ("", f"{one.incarnation.hex()}: {one.files} files, {one.bytes / MIB:.1f} MiB")
            for one in found.writers
            if one.member
        ),
        ("topics", f"{found.topics}, with {found.partitions} partitions, {found.records} records"),
        ("groups", f"{found.groups}, and {found.members} members"),
        ("healed", _healed(found.healed)),
        ("DAMAGE", found.why),
    ]
    return "\n".join(f"{name:<10} {text}" for name, text in rows if text)


def _healed(count: int) -> str:
    return f"{count} commits that rotted are read from copies: streamz log check" if count else ""


def _files(found: Survey) -> int:
    return sum(one.files for one in found.writers)


def _segment(number: int, after: int, size: int) -> str:
    begin = "its first frame is DAMAGED" if after < 0 else f"from commit {after + 1} on"
    return f"{number:06d}: {begin}, {size / MIB:.1f} MiB"

"""Where a group goes on, as it is said at the command line; `streamz reset` has the same words."""

from __future__ import annotations

import argparse

from streamz_core.broker.operating.targets import (
    Target,
    current,
    first,
    latest,
    shifted_by,
    to_offset,
    to_time,
)
from streamz_core.cli.times import duration, milliseconds
from streamz_core.cli.words import number, whole


def add_targets(
    parser: argparse.ArgumentParser, earliest: str, *, required: bool = False, stay: bool = False
) -> argparse._MutuallyExclusiveGroup:
    """The options, of which one is given; `earliest`: what is said of --to-earliest. `stay`: --to-current is one, too."""
    begin = parser.add_argument_group("where it begins (one of them)").add_mutually_exclusive_group(
        required=required
    )
    begin.add_argument("--to-earliest", action="store_true", help=earliest)
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
    if stay:
        begin.add_argument("--to-current", action="store_true", help="where it stands")
    return begin


def target_of(given: argparse.Namespace, now_ms: int, otherwise: Target) -> Target:
    """What was said; `otherwise` if nothing was. Misuse."""
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
    return current if getattr(given, "to_current", False) else otherwise

"""`streamz log recover`: a log that is damaged goes on from its last commit that can be read."""

from __future__ import annotations

import argparse
import json

from attrs import asdict

from streamz_core.app import machine
from streamz_core.cli.columns import add_json
from streamz_core.cli.loading import load_app
from streamz_core.cli.log.directories import find_log
from streamz_core.cli.places import home_of
from streamz_core.cli.talk import say
from streamz_core.cli.times import iso
from streamz_core.env.door import Env
from streamz_core.log.backups.recovering import Rollback, finish, give_up, look, roll_back
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `recover` takes."""
    add_json(parser)
    parser.add_argument(
        "--accept-rollback",
        action="store_true",
        help="do it: commits that cannot be read any more are given up",
    )


def execute(given: argparse.Namespace) -> int:
    """Say what is lost; give it up with --accept-rollback. 1 if there is something that was not given up."""
    env = machine()
    home = home_of(given.home, load_app(given.app) if given.app else None, env)
    if finish(env, Layout(f"{home}/log")):
        say(f"{home}/log: a recovery that was interrupted is finished")
    env, layout, identity = find_log(given)
    found = look(env, layout, identity)
    if given.json:
        print(json.dumps({**asdict(found), "lost": found.lost}, separators=(",", ":")))
    if found.unreadable:
        return _without(given, env, layout, identity, found)
    if not found.why:
        say(
            f"{layout.root} can be read up to commit {found.lsn}, its last: there is nothing to recover"
        )
        return 0
    if not given.json:
        print(_text(found))
    if not given.accept_rollback:
        say(
            "nothing was changed; restore the file from a copy, or the log from a backup, if there is one; to go on "
            "without what is lost, add --accept-rollback"
        )
        return 1
    away = f"{layout.root}.damaged-{iso(env.now_ms()).replace(':', '')}"
    end = roll_back(env, layout, identity, away)
    say(
        f"{layout.root} ends with commit {end} now, and goes on from there; the damaged one is {away}"
    )
    return 0


def _without(
    given: argparse.Namespace, env: Env, layout: Layout, identity: Identity, found: Rollback
) -> int:
    """No commit is lost, and some records of the last ones cannot be read."""
    if not given.json:
        for one in found.unreadable:
            last = f" to {one.stop - 1}" if one.stop > one.start + 1 else ""
            print(
                f"{one.topic}[{one.partition}] offset {one.start}{last} (commit {one.lsn}): {one.why}"
            )
    if not given.accept_rollback:
        say(
            "nothing was changed; the disk cannot read these records, which may have been acknowledged: try to copy the files "
            "that are named while the disk still answers; to go on without these records, and with all others, add "
            "--accept-rollback"
        )
        return 1
    gone = give_up(env, layout, identity)
    count = sum(one.stop - one.start for one in gone)
    say(
        f"{layout.root} goes on without {count} records that cannot be read; all else of its {found.lsn} commits is there"
    )
    return 0


def _text(found: Rollback) -> str:
    lost = f"{found.lost} or more" if found.lost else "it is not known how many"
    rows = (
        ("readable", f"up to commit {found.lsn}"),
        (
            "lost",
            f"commits from {found.lsn + 1} on: {lost}; outputs, offsets and state, all together",
        ),
        ("cause", found.why),
    )
    return "\n".join(f"{name:<10} {text}" for name, text in rows)

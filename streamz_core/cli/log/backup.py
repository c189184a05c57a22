"""`streamz backup`: a consistent copy of a log that goes on living, and back."""

from __future__ import annotations

import argparse

from streamz_core.app import machine
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.log.directories import open_log
from streamz_core.cli.places import add_place, home_of
from streamz_core.cli.talk import say
from streamz_core.cli.words import filled
from streamz_core.env.paths import absolute
from streamz_core.log.backups.taking import restore, take

MIB = 1 << 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `backup` takes."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    taking = verbs.add_parser(
        "take", help="copy the log as it is now; apps may go on meanwhile", allow_abbrev=False
    )
    taking.add_argument(
        "target", type=filled, metavar="TARGET", help="a new directory, or a new file NAME.tar"
    )
    taking.set_defaults(verb=execute_take)
    back = verbs.add_parser(
        "restore", help="make the log of a home that has none", allow_abbrev=False
    )
    back.add_argument("source", type=filled, metavar="BACKUP", help="what `take` made")
    back.set_defaults(verb=execute_restore)
    for each in (taking, back):
        add_place(each)


def execute(given: argparse.Namespace) -> int:
    """Do it."""
    code: int = given.verb(given)
    return code


def execute_take(given: argparse.Namespace) -> int:
    """Take one. State is not in it: it is built from the changelogs, which are."""
    target = absolute(given.target)
    log = open_log(given, everything=True)
    try:
        taken = take(log, target)
    finally:
        log.close()
    size = f"{taken.files} files, {taken.bytes / MIB:.1f} MiB"
    say(f"{target} holds {log.layout.root} up to commit {taken.lsn}: {size}")
    return 0


def execute_restore(given: argparse.Namespace) -> int:
    """Restore one."""
    env = machine()
    home = home_of(given.home, load_app(given.app) if given.app else None, env)
    with usable(env, home):
        env.make_dirs(home)
        found = restore(env, absolute(given.source), f"{home}/log")
    say(
        f"{home}/log is what it was at commit {found.lsn}: {found.files} files, {found.bytes / MIB:.1f} MiB, every "
        "byte of which was checked; apps build their state from it when they start"
    )
    return 0

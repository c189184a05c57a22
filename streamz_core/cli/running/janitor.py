"""`streamz janitor`: the process of `streamz run` that looks after the log; it may be run by hand, too."""

from __future__ import annotations

import argparse
from contextlib import closing

from streamz_core.app import machine
from streamz_core.broker.embedded import open_backend
from streamz_core.broker.homes import usable
from streamz_core.cli.places import add_settings, home_of, overrides
from streamz_core.cli.running.lease import Leash
from streamz_core.cli.signals import INTERRUPTED, Stop
from streamz_core.cli.talk import configure_logging
from streamz_core.config import make_config
from streamz_core.env.standard import allow_files
from streamz_core.runtime.beside.janitor import tend


def arguments(parser: argparse.ArgumentParser) -> None:
    """What a janitor takes."""
    parser.add_argument("--lease", help="ends with the holder of the lock on this file")
    parser.add_argument("-q", "--quiet", action="store_true", help="warnings and errors only")
    add_settings(parser)


def execute(given: argparse.Namespace) -> int:
    """Look after the log until told to stop."""
    env = machine()
    stop = Stop(lambda: env.exit(INTERRUPTED))
    home = home_of(given.home, None, env)
    configure_logging(quiet=given.quiet)
    allow_files()
    leash = Leash(env, given.lease) if given.lease else None
    config = make_config(overrides(given.set), env.environ())
    with usable(env, home), closing(open_backend(env, home, config, create=False)) as backend:
        tend(env, backend, lambda: stop() or (leash is not None and leash.over()))
    return 0

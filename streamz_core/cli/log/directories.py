"""Which log a command is about: as it lies there, neither opened nor made."""

from __future__ import annotations

import argparse
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import home_of
from streamz_core.env.door import Env
from streamz_core.log import opening
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.log import Log


def find_log(given: argparse.Namespace) -> tuple[Env, Layout, Identity]:
    """The log that --home and --app name. ForeignLog if there is none, Corrupt if LOG is damaged."""
    env = machine()
    home = home_of(given.home, load_app(given.app) if given.app else None, env)
    layout = Layout(f"{home}/log")
    with usable(env, home):
        return env, layout, opening.identify(env, layout, level=None, create=False)


def open_log(given: argparse.Namespace, **options: Any) -> Log:
    """That log, opened by somebody who writes to it. Misuse where that cannot be; the rest as of `find_log`."""
    env, layout, _ = find_log(given)
    with usable(env, layout.root.rpartition("/")[0]):
        return Log.open(env, layout.root, create=False, **options)

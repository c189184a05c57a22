"""Which log a command is about: as it lies there, neither opened nor made."""

from __future__ import annotations

import argparse

from streamz_core.app import machine
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import home_of
from streamz_core.env.door import Env
from streamz_core.log import opening
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout


def find_log(given: argparse.Namespace) -> tuple[Env, Layout, Identity]:
    """The log that --home and --app name. ForeignLog if there is none, Corrupt if LOG is damaged."""
    env = machine()
    home = home_of(given.home, load_app(given.app) if given.app else None, env)
    layout = Layout(f"{home}/log")
    with usable(env, home):
        return env, layout, opening.identify(env, layout, level=None, create=False)

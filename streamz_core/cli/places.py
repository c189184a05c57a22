"""Where a command works: the home directory it is told, or that of an app, and the log in it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from streamz_core.app import App, machine
from streamz_core.broker.embedded import Broker
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.words import filled
from streamz_core.config import make_config
from streamz_core.env.door import Env
from streamz_core.env.paths import absolute
from streamz_core.errors import Misuse

DEFAULT_HOME = "./.streamz"


def add_place(parser: argparse.ArgumentParser) -> None:
    """--home and --app, for commands that need no app."""
    parser.add_argument(
        "--home",
        type=filled,
        metavar="DIR",
        help="where log and state lie ($STREAMZ_HOME, ./.streamz)",
    )
    parser.add_argument(
        "--app", type=filled, metavar="APP", help="its home, and its codecs for keys and values"
    )


def add_app(parser: argparse.ArgumentParser) -> None:
    """APP, for commands about an app."""
    parser.add_argument(
        "app", type=filled, metavar="APP", help="app.py, app.py:app, pkg.mod:app, pkg.mod:make()"
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """--home and --set, for commands about an app."""
    parser.add_argument(
        "--home", type=filled, metavar="DIR", help="where log and state lie (as the app says)"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="a setting, for this run"
    )


def overrides(pairs: Sequence[str]) -> dict[str, str]:
    """The settings of --set; Misuse."""
    for pair in pairs:
        if "=" not in pair:
            raise Misuse(f"--set {pair}: write --set key=value")
    return dict(pair.split("=", 1) for pair in pairs)


def home_of(given: str | None, app: App | None, env: Env) -> str:
    """The home directory, from the root: as given, the app's, $STREAMZ_HOME, ./.streamz."""
    if given is not None:
        return absolute(given)
    if app is not None:
        return app.home(env)
    return absolute(env.environ().get("STREAMZ_HOME") or DEFAULT_HOME)


def open_broker(given: argparse.Namespace, *, create: bool = False) -> tuple[Broker, App | None]:
    """The log that --home and --app name, and the app."""
    env = machine()
    app = load_app(given.app) if given.app else None
    home = home_of(given.home, app, env)
    with usable(env, home):
        config = make_config({}, env.environ()) if app is None else app.config(env=env)
        return Broker(env, home, config, create=create), app

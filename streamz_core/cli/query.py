"""`streamz query APP STORE`: rows of a store, from whoever has them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.embedded import open_backend
from streamz_core.broker.homes import usable
from streamz_core.cli.columns import add_json
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_app, add_settings, home_of, overrides
from streamz_core.cli.talk import say
from streamz_core.cli.times import iso, milliseconds
from streamz_core.cli.words import filled
from streamz_core.errors import CodecError, Misuse
from streamz_core.query.asking import Asker, Row
from streamz_core.query.parameters import checked, key_codec, parameters_of
from streamz_core.query.routing import find_store
from streamz_core.query.values import as_text
from streamz_core.query.verbs import VERBS, Question, Range
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.plan import make_plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `query` takes."""
    add_app(parser)
    parser.add_argument("store", type=filled, metavar="STORE")
    which = parser.add_argument_group("which rows (keys are text for str, JSON otherwise)")
    which.add_argument("--key", metavar="K", help="one key; all its windows in a window store")
    which.add_argument("--from", dest="low", metavar="A", help="the first key")
    which.add_argument("--to", dest="high", metavar="B", help="the last key")
    which.add_argument("--all", action="store_true", help="every row")
    when = "windows that start at T or {}: ms, or ISO time with its zone"
    which.add_argument("--window-from", metavar="T", help=when.format("later"))
    which.add_argument("--window-to", metavar="T", help=when.format("earlier"))
    add_json(parser)
    add_settings(parser)


def execute(given: argparse.Namespace) -> int:
    """Print the rows; 1 if there is none for a key."""
    env = machine()
    app = load_app(given.app)
    config = app.config(overrides(given.set), env)
    plan = make_plan(app.build())
    question = _question(given, find_store(plan, given.store)[0])
    home = home_of(given.home, app, env)
    with (
        usable(env, home),
        closing(open_backend(env, home, config, create=False)) as backend,
        closing(Asker(plan, backend, env, home, warn=say)) as asker,
    ):
        count = _show(asker.ask(question), as_json=given.json)
    if count == 0 and given.key is not None:
        say(f"store {given.store} has no key {given.key}")
        return 1
    return 0


def _question(given: argparse.Namespace, spec: StoreSpec) -> Question:
    """What the options ask for. Misuse."""
    between = given.low is not None or given.high is not None
    if (given.key is not None) + between + given.all != 1:
        raise Misuse("say which rows: --key K, or --from A and --to B (or one of them), or --all")
    kind = kind_of(spec)
    times = {
        name: milliseconds(text)
        for name, text in (("time_from", given.window_from), ("time_to", given.window_to))
        if text is not None
    }
    of_key = VERBS[kind.verb]
    if times and not set(times) <= set(parameters_of(of_key)):
        raise Misuse(f"store {spec.name} has no windows; leave out --window-from and --window-to")
    if given.key is not None:
        return of_key(store=spec.name, key=_key(spec, "--key", given.key), **times)
    low, high = _key(spec, "--from", given.low), _key(spec, "--to", given.high)
    return Range(store=spec.name, low=low, high=high, **times)


def _key(spec: StoreSpec, option: str, text: str | None) -> Any:
    try:
        return None if text is None else checked(key_codec(spec), text)
    except CodecError as error:
        raise Misuse(f"{option} {text}: {error} (keys of store {spec.name})") from error


def _show(rows: Iterable[Row], *, as_json: bool) -> int:
    count = 0
    for row in rows:
        print(_json(row) if as_json else _text(row))
        count += 1
    return count


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _text(row: Row) -> str:
    """key, value; of a window: key, start, end, value."""
    key, value = row["key"], as_text(row["value"])
    if isinstance(key, dict) and set(key) == {"key", "start", "end"}:
        return "\t".join((as_text(key["key"]), iso(key["start"]), iso(key["end"]), value))
    return f"{as_text(key)}\t{value}"

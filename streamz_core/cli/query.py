"""`streamz query APP STORE`: rows of a store, from whoever has them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_settings, home_of, overrides, usable
from streamz_core.cli.talk import say
from streamz_core.errors import CodecError, Misuse
from streamz_core.query.asking import Asker, Row
from streamz_core.query.questions import checked
from streamz_core.query.routing import find_store
from streamz_core.query.values import as_text
from streamz_core.topology.nodes import StoreSpec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `query` takes."""
    parser.add_argument(
        "app", metavar="APP", help="app.py, app.py:app, pkg.mod:app, pkg.mod:make()"
    )
    parser.add_argument("store", metavar="STORE")
    which = parser.add_argument_group("which rows (keys are text for str, JSON otherwise)")
    which.add_argument("--key", metavar="K", help="one key; all its windows in a window store")
    which.add_argument("--from", dest="low", metavar="A", help="the first key")
    which.add_argument("--to", dest="high", metavar="B", help="the last key")
    which.add_argument("--all", action="store_true", help="every row")
    when = "windows that start at T or {}: ms, or ISO time with its zone"
    which.add_argument("--window-from", metavar="T", help=when.format("later"))
    which.add_argument("--window-to", metavar="T", help=when.format("earlier"))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_settings(parser)


def execute(given: argparse.Namespace) -> int:
    """Print the rows; 1 if there is none for a key."""
    env = machine()
    app = load_app(given.app)
    job = app.job(overrides(given.set), env)
    spec, _ = find_store(job, given.store)
    wanted = _wanted(given, spec)
    home = home_of(given.home, app, env)
    with usable(env, home), Broker(env, home, create=False) as broker:
        asker = Asker(job, broker.backend.log, env, home, warn=say)
        try:
            count = _show(_rows(asker, spec, wanted), as_json=given.json)
        finally:
            asker.close()
    if count == 0 and given.key is not None:
        say(f"store {given.store} has no key {given.key}")
        return 1
    return 0


@frozen
class _Wanted:
    """The rows that the options name, as values; times in ms."""

    key: Any
    low: Any
    high: Any
    time_from: int
    time_to: int | None


def _wanted(given: argparse.Namespace, spec: StoreSpec) -> _Wanted:
    between = given.low is not None or given.high is not None
    if (given.key is not None) + between + given.all != 1:
        raise Misuse("say which rows: --key K, or --from A and --to B (or one of them), or --all")
    if spec.kind != "window" and (given.window_from or given.window_to):
        raise Misuse(f"store {spec.name} has no windows; leave out --window-from and --window-to")
    return _Wanted(
        _value(spec, "--key", given.key),
        _value(spec, "--from", given.low),
        _value(spec, "--to", given.high),
        0 if given.window_from is None else _time(given.window_from),
        None if given.window_to is None else _time(given.window_to),
    )


def _value(spec: StoreSpec, option: str, text: str | None) -> Any:
    try:
        return None if text is None else checked(spec, text)
    except CodecError as error:
        raise Misuse(f"{option} {text}: {error} (keys of store {spec.name})") from error


def _rows(asker: Asker, spec: StoreSpec, wanted: _Wanted) -> Iterable[Row]:
    times = (wanted.time_from, wanted.time_to)
    if wanted.key is None:
        return asker.range(spec.name, wanted.low, wanted.high, *times)
    if spec.kind == "window":
        return asker.windows(spec.name, wanted.key, *times)
    return asker.get(spec.name, wanted.key)


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
        return "\t".join((as_text(key["key"]), _iso(key["start"]), _iso(key["end"]), value))
    return f"{as_text(key)}\t{value}"


def _time(text: str) -> int:
    """The moment in ms since 1970; Misuse."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Misuse(f"{text!r} is no time: give ms since 1970, or ISO such as 2013-01-31T05:00Z")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _iso(milliseconds: int) -> str:
    """UTC in ISO form; the number itself where the calendar ends."""
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return str(milliseconds)
    form = "milliseconds" if milliseconds % 1000 else "seconds"
    return moment.isoformat(timespec=form).replace("+00:00", "Z")

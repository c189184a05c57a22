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
from streamz_core.query.parameters import checked, checked_prefix, key_codec, parameters_of
from streamz_core.query.routing import find_store
from streamz_core.query.values import as_text
from streamz_core.query.verbs import VERBS, AsOf, OneWindow, Question, Range, Versions
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `query` takes."""
    add_app(parser)
    parser.add_argument("store", type=filled, metavar="STORE")
    which = parser.add_argument_group(
        "which rows (keys are text for str, JSON otherwise; of several types that could be meant TYPE:text says "
        "which: Decimal:1.50, str:1.50)"
    )
    which.add_argument("--key", metavar="K", help="one key; all its windows in a window store")
    which.add_argument("--from", dest="low", metavar="A", help="the first key")
    which.add_argument("--to", dest="high", metavar="B", help="the last key")
    which.add_argument("--prefix", metavar="P", help="the keys that begin so, of text or bytes")
    which.add_argument("--all", action="store_true", help="every row")
    which.add_argument("--reverse", action="store_true", help="the last row first")
    when = "windows that start at T or {}: ms, or ISO time with its zone"
    which.add_argument("--window-from", metavar="T", help=when.format("later"))
    which.add_argument("--window-to", metavar="T", help=when.format("earlier"))
    which.add_argument("--window", metavar="T", help="of --key K the window that starts at T")
    which.add_argument("--window-end", metavar="T", help="of --window T the session that ends at T")
    was = parser.add_argument_group("what the row of --key was, in a store with versions")
    was.add_argument("--as-of", metavar="T", help="at T: ms, or ISO time with its zone")
    was.add_argument("--versions", action="store_true", help="at any time, as far as it is known")
    add_json(parser)
    add_settings(parser)


def execute(given: argparse.Namespace) -> int:
    """Print the rows; 1 if there is none for a key."""
    env = machine()
    app = load_app(given.app)
    job = app.job(overrides(given.set), env)
    config, plan = job.config, job.plan
    question = _question(given, find_store(plan, given.store)[0])
    home = home_of(given.home, app, env)
    with (
        usable(env, home),
        closing(open_backend(env, home, config, create=False)) as backend,
        closing(Asker(plan, backend, env, home, warn=say)) as asker,
    ):
        count = _show(asker.ask(question), as_json=given.json)
    if count == 0:
        say(_nothing(given, question))
    return int(count == 0 and given.key is not None)


def _nothing(given: argparse.Namespace, question: Question) -> str:
    """That there is no row, in the words of the question."""
    if isinstance(question, Range):
        return f"store {given.store} has no {_nowhere(given, question)}"
    if given.window is not None:
        end = "" if given.window_end is None else f" and ends at {given.window_end}"
        return f"store {given.store} has no window of key {given.key} that starts at {given.window}{end}"
    if given.as_of is not None:
        return f"store {given.store} had no key {given.key} at {given.as_of}, or it is not known any more"
    if given.window_from is not None or given.window_to is not None:
        return f"store {given.store} has no window of key {given.key} that starts then"
    return f"store {given.store} has no key {given.key}"


def _nowhere(given: argparse.Namespace, asked: Range) -> str:
    """Between which keys, and of which time, there is no row."""
    words = [
        f"{word} {text}"
        for word, text in (
            ("that begins with", given.prefix),
            ("from", given.low),
            ("to", given.high),
        )
        if text is not None
    ]
    times = [
        f"{word} {text}"
        for word, text in (("from", given.window_from), ("to", given.window_to))
        if text
    ]
    found = f"key {' '.join(words)}" if words else "row"
    if times:
        found += f", with a window that starts {' '.join(times)}"
    if _backwards(asked.low, asked.high):
        found += f": {given.low} comes behind {given.high}; change them over"
    return found


def _backwards(low: Any, high: Any) -> bool:
    try:
        return low is not None and high is not None and bool(low > high)
    except TypeError:
        return False  # keys that Python does not order


def _question(given: argparse.Namespace, spec: StoreSpec) -> Question:
    """What the options ask for. Misuse."""
    between = any(bound is not None for bound in (given.low, given.high, given.prefix))
    if (given.key is not None) + between + given.all != 1:
        raise Misuse(
            "say which rows: --key K, or --from A and --to B (or one of them), or --prefix P, or --all"
        )
    if given.window is not None or given.window_end is not None:
        return _one_window(given, spec)
    kind = kind_of(spec)
    times = {
        name: milliseconds(text)
        for name, text in (("time_from", given.window_from), ("time_to", given.window_to))
        if text is not None
    }
    of_key = VERBS[kind.verb]
    if times and not set(times) <= set(parameters_of(of_key)):
        raise Misuse(f"store {spec.name} has no windows; leave out --window-from and --window-to")
    if given.as_of is not None or given.versions:
        return _of_version(given, spec, times)
    if given.key is not None:
        key = _key(spec, "--key", given.key)
        return of_key(store=spec.name, key=key, reverse=given.reverse, **times)
    low, high = _key(spec, "--from", given.low), _key(spec, "--to", given.high)
    prefix = None if given.prefix is None else _prefix(spec, given.prefix)
    return Range(store=spec.name, low=low, high=high, prefix=prefix, reverse=given.reverse, **times)


def _one_window(given: argparse.Namespace, spec: StoreSpec) -> Question:
    kind = kind_of(spec)
    if given.key is None or not OneWindow.fits(kind):
        raise Misuse("--window and --window-end are of one key, --key K, of a store with windows")
    start, end = (
        None if text is None else milliseconds(text) for text in (given.window, given.window_end)
    )
    question = OneWindow(store=spec.name, key=_key(spec, "--key", given.key), start=start, end=end)
    lacking = {"start": "--window", "end": "--window-end"}.get(question.lacks(kind))
    if lacking:
        raise Misuse(f"a window of store {spec.name} is told by its start and end: say {lacking}")
    return question


def _prefix(spec: StoreSpec, text: str) -> Any:
    try:
        return checked_prefix(spec, text)
    except CodecError as error:
        raise Misuse(f"--prefix {text}: {error} (keys of store {spec.name})") from error


def _of_version(given: argparse.Namespace, spec: StoreSpec, times: dict[str, int]) -> Question:
    """What the row of a key was. Misuse."""
    if given.key is None or times or (given.as_of is not None and given.versions):
        raise Misuse("--as-of T or --versions go with --key K, and with nothing else")
    key = _key(spec, "--key", given.key)
    if not Versions.fits(kind_of(spec)):
        raise Misuse(
            f"store {spec.name} knows only what its rows are; leave out --as-of and --versions "
            "(materialized=versioned(history) keeps what they were)"
        )
    if given.as_of is None:
        return Versions(store=spec.name, key=key, reverse=given.reverse)
    return AsOf(store=spec.name, key=key, time=milliseconds(given.as_of))


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
    """key, value; of a window: key, start, end, value; of a version: key, since and until when, value."""
    key, value = row["key"], as_text(row["value"])
    if isinstance(key, dict) and set(key) == {"key", "start", "end"}:
        return "\t".join((as_text(key["key"]), iso(key["start"]), iso(key["end"]), value))
    if "valid_to" in row:
        until = "" if row["valid_to"] is None else iso(row["valid_to"])
        return "\t".join((as_text(key), iso(row["timestamp"]), until, value))
    return f"{as_text(key)}\t{value}"

"""What may come next in a command line: commands, verbs, options, choices, and the topics and groups of the log there."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.cli.places import home_of
from streamz_core.config import make_config
from streamz_core.errors import StreamzError

HOME = "--home"
NAMES: dict[str, Callable[[Admin], list[str]]] = {
    "topic": Admin.topics,
    "topics": Admin.topics,
    "group": Admin.groups,
    "groups": Admin.groups,
}
"""Arguments that name what is on the log."""


def candidates(typed: Sequence[str]) -> list[str]:
    """The words that may stand in place of the last one, which may be empty; none where a file or anything may."""
    *before, word = typed or [""]
    chosen = next((each for each in before if not each.startswith("-")), "")
    found = _next(_parser(chosen), before, word)
    return sorted(each for each in set(found) if each.startswith(word))


def _parser(chosen: str) -> argparse.ArgumentParser:
    from streamz_core.cli.main import parser_of  # it finds the commands, of which this is one

    return parser_of(chosen)


def _next(parser: argparse.ArgumentParser, before: list[str], word: str) -> Iterable[str]:
    """Walk what was typed, through the parsers of commands and verbs, to the argument that is next."""
    places, waiting, home = _positional(parser), None, None
    for each in before:
        if waiting is not None:
            home = each if HOME in waiting.option_strings else home
            waiting = None
        elif each.startswith("-"):
            waiting = _option(parser, each)
        else:
            place = places[0] if places else None
            below = _below(place, each)
            if below is not None:
                parser, places = below, _positional(below)
            elif place is not None and place.nargs not in ("*", "+"):
                places = places[1:]
    if waiting is not None:
        return waiting.choices or ()
    if word.startswith("-"):
        return _options(parser)
    return _of_place(places[0], home) if places else ()


def _positional(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if not one.option_strings]


def _option(parser: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    """The option, if a value comes behind it."""
    for one in parser._actions:
        if word in one.option_strings and one.nargs != 0:
            return one
    return None


def _options(parser: argparse.ArgumentParser) -> list[str]:
    shown = (one for one in parser._actions if one.help != argparse.SUPPRESS)
    return [name for one in shown for name in one.option_strings]


def _below(place: argparse.Action | None, word: str) -> argparse.ArgumentParser | None:
    if isinstance(place, argparse._SubParsersAction):
        found: argparse.ArgumentParser | None = place.choices.get(word)
        return found
    return None


def _of_place(place: argparse.Action, home: str | None) -> Iterable[str]:
    if place.choices is not None:
        return place.choices
    names = NAMES.get(place.dest)
    return () if names is None else _named(names, home)


def _named(names: Callable[[Admin], list[str]], home: str | None) -> list[str]:
    """What is on the log; nothing if there is none, or it cannot be opened: nobody asked to hear of that now."""
    env = machine()
    with suppress(StreamzError, OSError):
        config = make_config({}, env.environ())
        with Broker(env, home_of(home, None, env), config, create=False) as broker:
            return names(Admin(broker))
    return []

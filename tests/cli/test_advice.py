"""What messages advise exists: commands and their options, settings, what `emit=` takes, extras."""

import argparse
import ast
import re
import tomllib

import attrs
import pytest

from streamz_core.cli.main import COMMANDS, parser_of
from streamz_core.config import PREFIX, VARIABLES, Config, dotted
from streamz_core.dsl.declared.steps.said import EMITS
from streamz_core.topic_config import TopicConfig
from tests.tidy.house import ROOT, house, shipped, tree

SETTINGS = {one.name for one in attrs.fields(Config)}
KAFKA = {one.metadata["kafka"] for of in (Config, TopicConfig) for one in attrs.fields(of)}
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
SPOKEN = {"log", "codec", "program", "programs"}  # a streamz log: no command
WORDS = {word for one in attrs.fields(Config) for word in getattr(one.validator, "words", ())}
"""What settings may be."""
NO_WORD = r"(?<![\w./`-])"


def subcommands(parser):
    """Name -> parser of what may follow; {} if nothing may."""
    found = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return found[0].choices if found else {}


def commands():
    """Every command as it is typed -> its options; "" for those of all."""
    found = {"": set(parser_of("")._option_string_actions)}
    for command in COMMANDS:
        parser = subcommands(parser_of(command.name))[command.name]
        verbs = subcommands(parser)
        for name, one in {"": parser, **verbs}.items():
            found[f"{command.name} {name}".strip()] = set(one._option_string_actions)
    return found


def texts():
    """(place, text) of everything that is written between quotes in the packages, but for docstrings."""
    files = house()
    for path in shipped(files):
        code = tree(files[path])
        docs = {id(each.value) for each in ast.walk(code) if isinstance(each, ast.Expr)}
        for node in ast.walk(code):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in docs:
                yield f"{path}:{node.lineno}", text


def wrong(text, known):
    """What a text advises that is not there."""
    words = {name.split()[0] for name in known if name}
    for found in re.finditer(NO_WORD + r"streamz ([a-z]+)(?: ([a-z]+))?(?=[\s`'\";:,.)]|$)", text):
        command, verb = found[1], found[2]
        if command in words and verb and any(name.startswith(f"{command} ") for name in known):
            command = f"{command} {verb}"
        if command not in known and command not in SPOKEN:
            yield f"streamz {command}"
    for option in re.findall(NO_WORD + r"--[a-z][a-z-]+", text):
        if not any(option in options for options in known.values()):
            yield option
    for value in re.findall(r"""emit=["'](\w+)["']""", text):
        if value not in EMITS:
            yield f"emit={value}"
    for variable in re.findall(rf"{PREFIX}[A-Z_]+", text):
        if variable not in VARIABLES and variable.removeprefix(PREFIX).lower() not in SETTINGS:
            yield variable
    for setting in re.findall(NO_WORD + r"((?:[a-z]+\.){2,}[a-z]+)(?:=|\b)", text):
        if setting not in {dotted(name) for name in SETTINGS} | KAFKA | WORDS:
            yield setting
    for extra in re.findall(r"streamz-core\[(\w+)\]", text):
        if extra not in EXTRAS:
            yield f"[{extra}]"
    if "kafka://" in text:
        yield "kafka://"


def test_what_messages_advise_exists():
    known = commands()
    told = [f"{place}: {each}" for place, text in texts() for each in wrong(text, known)]
    assert told == []


@pytest.mark.parametrize(
    "text, told",
    [
        ("create it: streamz topics create x", []),
        ("create it: streamz topics make x", ["streamz topics make"]),
        ("look: streamz doctor", ["streamz doctor"]),
        ("end it: streamz reset APP", []),
        ("add --execute", []),
        ("add --force-it", ["--force-it"]),
        ('say emit="updates"', []),
        ('say emit="sometimes"', ["emit=sometimes"]),
        ("set STREAMZ_HOME", []),
        ("set STREAMZ_HOUSE", ["STREAMZ_HOUSE"]),
        ("lower log.free.bytes", []),
        ("lower log.empty.bytes", ["log.empty.bytes"]),
        ("pip install streamz-core[nothing]", ["[nothing]"]),
        ('use App(..., broker="kafka://host:9092")', ["kafka://"]),
    ],
)
def test_advice_to_what_is_not_there_is_found(text, told):
    assert list(wrong(text, commands())) == told

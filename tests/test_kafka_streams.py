"""docs/kafka-streams.md keeps its word: every call in it exists, and every test that it names."""

import argparse
import ast
import inspect
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import get_overloads

import attrs
import pytest

import streamz_core
from streamz_core import testing
from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.producer import Producer
from streamz_core.cli.groups import verbs as groups_verbs
from streamz_core.cli.log import verbs as log_verbs
from streamz_core.cli.main import COMMANDS
from streamz_core.cli.topics import verbs as topics
from streamz_core.config import Config
from streamz_core.dsl.faces import calls
from streamz_core.dsl.faces.cogroups import CogroupedStreams, WindowedCogrouped
from streamz_core.dsl.faces.global_table import GlobalTable
from streamz_core.dsl.faces.grouped import Grouped, WindowedGrouped
from streamz_core.dsl.faces.routes import Split
from streamz_core.dsl.faces.stream import Step
from streamz_core.dsl.faces.tables.groups import GroupedTable
from streamz_core.stores.keyed.facade import PlainStore
from streamz_core.testing.driver import AppTest, StoreUnderTest
from streamz_core.testing.topics import InputTopic, OutputTopic, TopicUnderTest
from tests.conformance.cases import read_cases
from tests.conformance.supported import must_pass

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "kafka-streams.md"
SETTINGS = {field.name for field in attrs.fields(Config)}

# What the words of the page stand for.
NAMES = {
    "app": streamz_core.App,
    "stream": streamz_core.Stream,
    "table": streamz_core.Table,
    "grouped": Grouped,
    "windowed": WindowedGrouped,
    "grouped_table": GroupedTable,
    "cogrouped": CogroupedStreams,
    "split": Split,
    "record": streamz_core.Record,
    "context": streamz_core.Context,
    "topology": streamz_core.Topology,
    "urls": streamz_core.Processor,
    "asked": streamz_core.ProcessorContext,
    "timer": streamz_core.Punctuation,
    "joined": Step,
    "rates": GlobalTable,
    "t": AppTest,
    "prices": streamz_core.Versions,
    "windows": streamz_core.WindowStore,
    "sessions": streamz_core.SessionStore,
    "last": PlainStore,
}
# What a method gives, where that is not another one of its own kind.
GIVES = {
    (Grouped, "window"): WindowedGrouped,
    (Grouped, "cogroup"): CogroupedStreams,
    (CogroupedStreams, "window"): WindowedCogrouped,
    (WindowedGrouped, "late"): streamz_core.Stream,
    (streamz_core.App, "topology"): streamz_core.Topology,
    (streamz_core.App, "consumer"): Consumer,
    (streamz_core.App, "producer"): Producer,
    (streamz_core.App, "admin"): Admin,
    (AppTest, "topic"): TopicUnderTest,
    (AppTest, "store"): StoreUnderTest,
    (AppTest, "input_topic"): InputTopic,
    (AppTest, "output_topic"): OutputTopic,
}
# Words of a cell that are no calls: Python's own, and what a class may have.
WORDS = {"str", "int", "float", "bytes", "setdefault", "update", "yield record"}
WORDS |= {
    'materialized=versioned("1h")',
    "add",
    "remove",
    "merge",
    "key",
    "start",
    "end",
    "encode",
    "decode",
    "with_key=True",
}
WORDS |= {each for topic in (InputTopic, OutputTopic) for each in vars(topic)} | {"key=", "value="}
VERBS = {"groups": groups_verbs.VERBS, "log": log_verbs.VERBS}
EXCUSES = ("not yet", "left out", "not needed")


def rows(text):
    """(number of the line, cells) of each row of the tables with a last column that holds it."""
    held = False
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            held = False
        elif cells[-1] == "held by":
            held = True
        elif held and not set(line) <= set("|-"):
            yield number, cells


def complaints(text):
    for number, (kafka, here, by) in rows(text):
        told = [*of_calls(here), *of_tests(by)]
        if not by and not any(word in here for word in EXCUSES):
            told.append("nothing holds it")
        if not kafka or not here:
            told.append("an empty cell")
        yield from (f"{number}: {each}" for each in told)


# ---- the calls


def of_calls(cell):
    for span in re.findall(r"`([^`]*)`", cell):
        said = span.removeprefix("@")
        if said in WORDS:
            continue
        if said.startswith("--"):
            if said not in flags():
                yield f"`{span}`: no such option"
            continue
        if said.startswith("streamz "):
            yield from of_command(said)
        elif said.replace(".", "_") not in SETTINGS:
            try:
                called(ast.parse(said).body[0])
            except (LookupError, SyntaxError) as wrong:
                yield f"`{span}`: {wrong}"


def of_command(said):
    _, command, *verb = said.split()
    if command not in {each.name for each in COMMANDS}:
        yield f"`{said}`: no such command"
    table = VERBS.get(command, topics.VERBS)
    if verb and verb[0] not in {each.name for each in table}:
        yield f"`{said}`: no such verb"


@cache
def flags():
    """The options of all commands."""
    found = set()
    for command in COMMANDS:
        parser = argparse.ArgumentParser()
        import_module(f"streamz_core.cli.{command.module}").arguments(parser)
        found |= set(parser._option_string_actions)
    return found


def called(node):
    """What the expression is of; LookupError if there is no such call."""
    match node:
        case ast.Expr(value=value) | ast.Assign(value=value):
            return called(value)
        case ast.Delete() | ast.Subscript() | ast.Constant():
            return None
        case ast.Name(id=name):
            return NAMES.get(name) or public(name)
        case ast.Attribute(value=value, attr=name):
            owner = called(value)
            return GIVES.get((owner, name)) or member(owner, name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr="compile")):
            return None  # Python's own
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            owner = called(value)
            takes(node, keywords(owner, name))
            return GIVES.get((owner, name), owner)
        case ast.Call(func=ast.Name(id=name)):
            takes(node, keywords(public(name), "__init__"))
            return public(name)
    raise LookupError("this cannot be looked up")


def public(name):
    if name in testing.__all__:
        return getattr(testing, name)
    if name not in streamz_core.__all__:
        raise LookupError(f"{name} is not public")
    return getattr(streamz_core, name)


def member(owner, name):
    if not hasattr(owner, name) and name not in inspect.get_annotations(owner):
        raise LookupError(f"{owner.__name__} has no {name}")
    return getattr(owner, name, None)


def takes(call, known):
    for argument in call.args:
        if isinstance(argument, ast.Call):
            called(argument)
    for each in call.keywords:
        if each.arg not in known:
            raise LookupError(f"it takes no {each.arg}=")


def keywords(owner, name):
    """The names of what a function or a method takes, those its overloads tell of included."""
    function = member(owner, name) if inspect.isclass(owner) else owner
    found = set()
    for each in (function, *get_overloads(function)):
        for parameter in inspect.signature(each).parameters.values():
            found.add(parameter.name)
            if options := re.search(r"Unpack\[(\w+)", str(parameter.annotation)):
                found |= set(getattr(calls, options[1]).__annotations__)
    if owner is streamz_core.App:
        found |= SETTINGS | set(inspect.signature(AppTest).parameters)  # those of `app.test`
    return found


# ---- the tests


def of_tests(cell):
    for span in re.findall(r"`([^`]*)`", cell):
        path, _, name = span.partition("::")
        if name:
            if name not in functions(path):
                yield f"`{span}`: no such test"
        elif span not in groups():
            yield f"`{span}`: no group of cases that pass"


@cache
def functions(path):
    file = TESTS / path
    if not file.is_file():
        return set()
    return {each.name for each in ast.parse(file.read_text()).body if hasattr(each, "name")}


@cache
def groups():
    cases = read_cases([TESTS / "vectors"])
    return {case.group for case in cases if must_pass(case)}


# ---- how it is held


def test_the_page_keeps_its_word():
    text = PAGE.read_text()
    assert len(list(rows(text))) > 150
    found = list(complaints(text))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    "row, complaint",
    [
        ("| a | `stream.filtre(fn)` | cases `stateless` |", "Stream has no filtre"),
        ("| a | `stream.filter(fn, store=s, nam=1)` | cases `stateless` |", "it takes no nam="),
        ("| a | `grouped.window(tumbling('1m', grce=1))` | cases `stateless` |", "takes no grce="),
        ("| a | `grouped.window(w).count(nam='n')` | cases `stateless` |", "takes no nam="),
        ("| a | `tumble('1m')` | cases `stateless` |", "tumble is not public"),
        ("| a | `streamz rum` | cases `stateless` |", "no such command"),
        ("| a | `--key-of` | cases `stateless` |", "no such option"),
        ("| a | `streamz topics eat` | cases `stateless` |", "no such verb"),
        ("| a | `commit.interval` | cases `stateless` |", "commit is not public"),
        ("| a | the same | `test_config.py::test_nothing` |", "no such test"),
        ("| a | the same | `test_nothing.py::test_nothing` |", "no such test"),
        ("| a | the same | cases `stateles` |", "no group of cases"),
        ("| a | the same | |", "nothing holds it"),
        ("| a | | cases `stateless` |", "an empty cell"),
    ],
)
def test_what_is_wrong_is_seen(row, complaint):
    (told,) = complaints(f"| Kafka Streams | here | held by |\n|---|---|---|\n{row}\n")
    assert complaint in told


def test_a_row_may_say_why_nothing_holds_it():
    head = "| Kafka Streams | here | held by |\n|---|---|---|\n"
    assert not list(complaints(f"{head}| a | not yet | |\n| b | left out: it is gone | |\n"))
    assert not list(complaints("| setting | why not |\n|---|---|\n| a | |\n"))

"""The one door to the outside, and what may not be imported or called anywhere."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.tidy.house import (
    PACKAGES,
    ROOT,
    SENTENCE,
    complaints,
    gone,
    house,
    imports,
    keeps,
)

# Module -> what to use instead. The rooms of DOORS may import it, or only the one name of it.
CLOCK = "a time comes from a record or from the Env that was handed in (now_ms, monotonic)"
CHANCE = "random bytes come from the Env that was handed in (random)"
FILES = "files are opened, listed and synced by the Env that was handed in; join paths with '/'"
BESIDE = "background work is env.background, processes are env.spawn"
BANNED_IMPORTS = {
    "time": CLOCK,
    "random": CHANCE,
    "secrets": CHANCE,
    "uuid": CHANCE,
    "os": FILES,
    "pathlib": FILES,
    "shutil": FILES,
    "tempfile": FILES,
    "glob": FILES,
    "mmap": FILES,
    "fcntl": "a lock is env.lock",
    "threading": BESIDE,
    "concurrent": BESIDE,
    "multiprocessing": BESIDE,
    "subprocess": BESIDE,
    "asyncio": "the house is synchronous; map_async runs through env",
    "select": "waiting is env.doorbell().wait",
    "socket": "waking is env.ring, waiting is env.doorbell().wait; HTTP is query's server",
}
DOORS = {
    "streamz_core/env/": set(BANNED_IMPORTS),
    "streamz_core/": {"uuid.UUID"},  # a type of values; drawing one is refused below
    "streamz_core/codecs/": {"uuid"},
    "streamz_core/query/": {"socket", "threading"},  # the HTTP server
    # Seeded, so that a failure can be played again; RocksDB needs a real folder even in a test.
    "streamz_core/testing/": {"random", "tempfile"},
    # RocksDB works in its own folder; queries read from the server's thread.
    "state/streamz_state/": {"os", "pathlib.Path", "threading.Lock"},
}

# Everywhere, tests and examples too: code or objects out of bytes.
FOREVER_BANNED = {
    "pickle": "values are encoded by a codec",
    "marshal": "values are encoded by a codec",
    "shelve": "values are encoded by a codec",
    "faust": "this library stands on its own",
    "aiokafka": "the Kafka client is confluent-kafka, an extra",
}
UNSAFE_CALLS = {"eval": "write the code", "__import__": "importlib.import_module"}
COMPILING_CALLS = dict.fromkeys(("exec", "compile"), "only the compiler runs text")
# The compiler of topologies and, in one file, that of codecs (docs/decisions/0006).
COMPILERS = ("streamz_core/compiler/", "streamz_core/codecs/text.py", "tests/")
BANNED_METHODS = {
    "now": CLOCK,
    "utcnow": CLOCK,
    "today": CLOCK,
    "uuid1": CHANCE,
    "uuid4": CHANCE,
}


def rule_imports(path: str, code: ast.Module) -> Iterator[str]:
    allowed = set().union(*(names for room, names in DOORS.items() if path.startswith(room)))
    banned = FOREVER_BANNED
    if path.startswith(PACKAGES):
        banned = banned | BANNED_IMPORTS
    for line, name in imports(code):
        module = name.split(".")[0]
        if module in banned and not {name, module} & allowed:
            yield f"line {line}: import {name}: {banned[module]}"


def rule_calls(path: str, code: ast.Module) -> Iterator[str]:
    banned = UNSAFE_CALLS if path.startswith(COMPILERS) else UNSAFE_CALLS | COMPILING_CALLS
    methods = BANNED_METHODS if path.startswith(PACKAGES) else {}
    for node in ast.walk(code):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in banned:
            yield f"line {node.lineno}: {called.id}(: {banned[called.id]}"
        if isinstance(called, ast.Attribute) and called.attr in methods:
            yield f"line {node.lineno}: .{called.attr}(: {methods[called.attr]}"


def rule_open(path: str, code: ast.Module) -> Iterator[str]:
    """In `env` a file is opened for writing only without a buffer: an append is one write."""
    if not path.startswith(PACKAGES):
        return
    for node in ast.walk(code):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called not in ("open", "io.open", "os.fdopen"):
            continue
        unbuffered = any(each.arg == "buffering" for each in node.keywords)
        mode = ast.unparse(node.args[1]) if len(node.args) > 1 else "'r'"
        if not path.startswith("streamz_core/env/"):
            yield f"line {node.lineno}: {called}(: {FILES}"
        elif not unbuffered and not re.fullmatch(r"'rb?'", mode):
            yield f"line {node.lineno}: {called}( with a buffer: a torn append would be two"


def rule_dependencies(project: dict[str, list[str]]) -> Iterator[str]:
    for name in (name for names in project.values() for name in names):
        if re.match(r"(faust|aiokafka)\b", name):
            yield f"dependency {name}: {FOREVER_BANNED[re.split('[^a-z]', name)[0]]}"


CODE_RULES = (rule_imports, rule_calls, rule_open)


def test_only_the_doors_lead_outside():
    keeps((), CODE_RULES)


def test_exceptions_name_what_is_there():
    assert gone([*DOORS, *COMPILERS], house()) == []


def test_no_dependency_on_other_stream_libraries():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert not list(rule_dependencies({**extras, "core": project["dependencies"]}))
    assert list(rule_dependencies({"kafka": ["aiokafka>=0.1"]}))


BAD = {
    "clock": ("streamz_core/log/a.py", "from time import time\n", "now_ms"),
    "hidden": ("streamz_core/dsl/a.py", "def f():\n    import os.path\n", "import os"),
    "thread": ("state/streamz_state/a.py", "from threading import Thread\n", "backgr"),
    "threads": ("state/streamz_state/a.py", "import threading\n", "env.background"),
    "query": ("streamz_core/query/a.py", "import random\n", "import random"),
    "today": ("streamz_core/dsl/a.py", "d = datetime.now()\n", ".now("),
    "uuid": ("streamz_core/codecs/a.py", "import uuid\nuuid.uuid4()\n", ".uuid4("),
    "pickle": ("tests/a.py", "import pickle\n", "codec"),
    "faust": ("examples/a.py", "from faust.app import App\n", "import faust"),
    "eval": ("streamz_core/compiler/a.py", "eval('1')\n", "eval("),
    "exec": ("streamz_core/operators/a.py", "exec('1')\n", "only the compiler"),
    "open": ("streamz_core/log/a.py", "open('f')\n", "handed in"),
    "buffer": ("streamz_core/env/a.py", "open('f', 'ab')\n", "with a buffer"),
}
GOOD = {
    "door": ("streamz_core/env/a.py", "import os\nopen('f', 'rb')\nopen('f', 'ab', buffering=0)\n"),
    "server": ("streamz_core/query/a.py", "import socket, threading\n"),
    "stores": ("state/streamz_state/a.py", "from threading import Lock\nfrom os import path\n"),
    "seeded": ("streamz_core/testing/a.py", "import random\n"),
    "compiler": ("streamz_core/compiler/a.py", "exec(compile('1', 'f', 'exec'))\n"),
    "type": ("streamz_core/query/a.py", "from uuid import UUID\n"),
    "asked": ("streamz_core/log/a.py", "env.open('f')\nre.compile('a')\nenv.now_ms()\n"),
    "test": ("tests/log/test_base_offset.py", "import os, time, threading\nopen('f', 'w')\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_example_is_refused(name):
    path, text, expected = BAD[name]
    (told,) = complaints(path, SENTENCE + text, (), CODE_RULES)
    assert expected in told


@pytest.mark.parametrize("name", GOOD)
def test_a_good_example_passes(name):
    path, text = GOOD[name]
    assert complaints(path, SENTENCE + text, (), CODE_RULES) == []

"""The rules of the house that no other tool keeps: sizes, names, and the one door to the outside.

A rule is a function from a path and its text to complaints. Each is shown a bad example here, so
that it is known to bite.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("streamz_core/", "state/streamz_state/")
TREES = ("streamz_core", "state", "examples", "tests", "docs", ".ci")

FILE_LINES, FUNCTION_LINES, ROOM_FILES, PUBLIC_METHODS = 600, 70, 14, 20

# Classes that may have more methods: every operator is a method of a facade, every question to the
# machine one of the door.
WIDE = (
    "streamz_core/app.py",
    "streamz_core/dsl/",
    "streamz_core/env/",
    "streamz_core/testing/simulator/",
)

VAGUE = {"utils", "common", "helpers", "manager", "base", "core", "internals", "impl"}

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


def rule_size(path: str, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{lines} lines (at most {FILE_LINES}): find the second thing this file does"


def rule_vague_name(path: str, _: str) -> Iterator[str]:
    for part in Path(path).parts:
        name = part.split(".")[0].removeprefix("test_").strip("_")
        if name in VAGUE:
            yield f"'{part}' says nothing: name what is in it"


def rule_promise(_: str, text: str) -> Iterator[str]:
    if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", text):
        yield "an unkept promise: do it, or open an issue"


def rule_module_docstring(_: str, tree: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    if not re.search(r"[.:]$", first):
        yield "the file must start with one sentence that says what it is for"


def rule_functions(_: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES}"


def rule_classes(path: str, tree: ast.Module) -> Iterator[str]:
    if path.startswith(WIDE) or not path.startswith(PACKAGES):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
            public = sum(not name.startswith("_") for name in names)
            if public > PUBLIC_METHODS:
                yield f"line {node.lineno}: {node.name} has {public} public methods, at most 20"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported: `threading.Lock` for one name of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)


def rule_imports(path: str, tree: ast.Module) -> Iterator[str]:
    allowed = set().union(*(names for room, names in DOORS.items() if path.startswith(room)))
    banned = FOREVER_BANNED
    if path.startswith(PACKAGES):
        banned = banned | BANNED_IMPORTS
    for line, name in imports(tree):
        module = name.split(".")[0]
        if module in banned and not {name, module} & allowed:
            yield f"line {line}: import {name}: {banned[module]}"


def rule_calls(path: str, tree: ast.Module) -> Iterator[str]:
    banned = UNSAFE_CALLS if path.startswith(COMPILERS) else UNSAFE_CALLS | COMPILING_CALLS
    methods = BANNED_METHODS if path.startswith(PACKAGES) else {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in banned:
            yield f"line {node.lineno}: {called.id}(: {banned[called.id]}"
        if isinstance(called, ast.Attribute) and called.attr in methods:
            yield f"line {node.lineno}: .{called.attr}(: {methods[called.attr]}"


def rule_open(path: str, tree: ast.Module) -> Iterator[str]:
    """In `env` a file is opened for writing only without a buffer: an append is one write."""
    if not path.startswith(PACKAGES):
        return
    for node in ast.walk(tree):
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


def rule_rooms(paths: list[str]) -> Iterator[str]:
    """Of all files: how many a room has, and that it is a package (else no tool sees it)."""
    rooms: dict[str, set[str]] = {}
    for path in paths:
        if path.startswith(PACKAGES) and path.endswith(".py"):
            folder, _, name = path.rpartition("/")
            rooms.setdefault(folder, set()).add(name)
    for folder, names in sorted(rooms.items()):
        if "__init__.py" not in names:
            yield f"{folder}: no __init__.py"
        if len(names - {"__init__.py"}) > ROOM_FILES:
            yield f"{folder}: {len(names) - 1} files, at most {ROOM_FILES}: build a room in it"


def rule_dependencies(project: dict[str, list[str]]) -> Iterator[str]:
    for name in (name for names in project.values() for name in names):
        if re.match(r"(faust|aiokafka)\b", name):
            yield f"dependency {name}: {FOREVER_BANNED[re.split('[^a-z]', name)[0]]}"


TEXT_RULES = (rule_size, rule_vague_name, rule_promise)
CODE_RULES = (
    rule_module_docstring,
    rule_functions,
    rule_classes,
    rule_imports,
    rule_calls,
    rule_open,
)


def complaints(path: str, text: str) -> list[str]:
    found = [each for rule in TEXT_RULES for each in rule(path, text)]
    if path.endswith(".py") or path == "dev":
        tree = ast.parse(text)
        found += [each for rule in CODE_RULES for each in rule(path, tree)]
    return [f"{path}: {each}" for each in found]


def house() -> list[str]:
    files = [ROOT / "dev", ROOT / "README.md"]
    files += [file for tree in TREES for file in (ROOT / tree).rglob("*") if file.is_file()]
    names = [file.relative_to(ROOT).as_posix() for file in sorted(files)]
    return [name for name in names if not re.search(r"(^|/)(__pycache__|\.)[^/]*/", f"/{name}")]


def test_the_house_is_tidy():
    paths = house()
    assert "streamz_core/errors.py" in paths, "the walk must find the house"
    texts = [path for path in paths if path.endswith((".py", ".md", ".toml")) or path == "dev"]
    found = [each for path in texts for each in complaints(path, (ROOT / path).read_text())]
    found += rule_rooms(paths)
    assert not found, "\n" + "\n".join(found)


def test_no_dependency_on_other_stream_libraries():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert not list(rule_dependencies({**extras, "core": project["dependencies"]}))
    assert list(rule_dependencies({"kafka": ["aiokafka>=0.1"]}))


SENTENCE = '"""What this is for."""\n'
LONG = "def f():\n" + "    x = 1\n" * 70
WIDE_CLASS = "class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(21))
BAD = {
    "lines": ("streamz_core/log/a.py", SENTENCE + "\n" * 600, "601 lines"),
    "folder": ("streamz_core/utils/a.py", SENTENCE, "'utils' says nothing"),
    "file": ("streamz_core/log/_helpers.py", SENTENCE, "'_helpers.py' says nothing"),
    "test file": ("tests/log/test_common.py", SENTENCE, "'test_common.py' says nothing"),
    "promise": ("docs/a.md", "TO" + "DO: later", "unkept promise"),
    "no sentence": ("examples/a.py", "x = 1\n", "one sentence"),
    "half a sentence": ("streamz_core/log/a.py", '"""Log stuff"""\n', "one sentence"),
    "long function": ("tests/test_a.py", SENTENCE + LONG, "f has 71 lines"),
    "wide class": ("streamz_core/log/a.py", SENTENCE + WIDE_CLASS, "C has 21 public methods"),
    "clock": ("streamz_core/log/a.py", SENTENCE + "from time import time\n", "now_ms"),
    "hidden": ("streamz_core/dsl/a.py", SENTENCE + "def f():\n    import os.path\n", "import os"),
    "thread": ("state/streamz_state/a.py", SENTENCE + "from threading import Thread\n", "backgr"),
    "threads": ("state/streamz_state/a.py", SENTENCE + "import threading\n", "env.background"),
    "query": ("streamz_core/query/a.py", SENTENCE + "import random\n", "import random"),
    "today": ("streamz_core/dsl/a.py", SENTENCE + "d = datetime.now()\n", ".now("),
    "uuid": ("streamz_core/codecs/a.py", SENTENCE + "import uuid\nuuid.uuid4()\n", ".uuid4("),
    "pickle": ("tests/a.py", SENTENCE + "import pickle\n", "codec"),
    "faust": ("examples/a.py", SENTENCE + "from faust.app import App\n", "import faust"),
    "eval": ("streamz_core/compiler/a.py", SENTENCE + "eval('1')\n", "eval("),
    "exec": ("streamz_core/operators/a.py", SENTENCE + "exec('1')\n", "only the compiler"),
    "open": ("streamz_core/log/a.py", SENTENCE + "open('f')\n", "handed in"),
    "buffer": ("streamz_core/env/a.py", SENTENCE + "open('f', 'ab')\n", "with a buffer"),
}
GOOD = {
    "door": ("streamz_core/env/a.py", "import os\nopen('f', 'rb')\nopen('f', 'ab', buffering=0)\n"),
    "facade": ("streamz_core/dsl/a.py", WIDE_CLASS),
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
    found = complaints(path, text)
    assert len(found) == 1, found
    assert expected in found[0]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_example_passes(name):
    path, text = GOOD[name]
    assert complaints(path, SENTENCE + text) == []


def test_a_crowded_room_and_one_without_init_are_refused():
    room = [f"streamz_core/log/{name}.py" for name in "abcdefghijklmn"]
    assert list(rule_rooms(room)) == ["streamz_core/log: no __init__.py"]
    assert not list(rule_rooms([*room, "streamz_core/log/__init__.py"]))
    crowded = [*room, "streamz_core/log/__init__.py", "streamz_core/log/o.py"]
    assert "15 files, at most 14" in next(rule_rooms(crowded))

"""The house as the rules see it: its files, their trees, and how a rule is tried on examples.

A rule is a function from a path and its text (or its tree) to complaints; a rule of the whole takes all
files. Each family of rules has a file of tests here, with a bad example for each, so that it is known to
bite. An exception is a row in a table beside its rule; one that names a path that is gone is refused.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("streamz_core/", "state/streamz_state/")
TREES = ("streamz_core", "state", "examples", "tests", "docs", "findings")
TOPS = ("dev", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")

Rule = Callable[[str, str], Iterable[str]]
CodeRule = Callable[[str, ast.Module], Iterable[str]]

SENTENCE = '"""What this is for."""\n'


@cache
def house() -> dict[str, str]:
    """Path -> text of everything that is written here; "" for what is no text."""
    files = [ROOT / name for name in TOPS]
    files += [file for tree in TREES for file in (ROOT / tree).rglob("*") if file.is_file()]
    names = [file.relative_to(ROOT).as_posix() for file in sorted(files)]
    kept = [name for name in names if not re.search(r"(^|/)(__pycache__|\.)[^/]*/", f"/{name}")]
    return {name: (ROOT / name).read_text() if written(name) else "" for name in kept}


def written(name: str) -> bool:
    return name.endswith((".py", ".md", ".toml")) or name == "dev"


def is_code(path: str) -> bool:
    return path.endswith(".py") or path == "dev"


def shipped(files: Iterable[str]) -> list[str]:
    """The modules of both packages."""
    return [path for path in files if path.startswith(PACKAGES) and path.endswith(".py")]


def module(path: str) -> str:
    """The dotted name of a file: that of its package for an `__init__`."""
    return (
        path.removeprefix("state/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    )


@cache
def tree(text: str) -> ast.Module:
    return ast.parse(text)


def complaints(
    path: str, text: str, rules: tuple[Rule, ...], code: tuple[CodeRule, ...]
) -> list[str]:
    found = [each for rule in rules for each in rule(path, text)]
    if is_code(path):
        found += [each for rule in code for each in rule(path, tree(text))]
    return [f"{path}: {each}" for each in found]


def keeps(rules: tuple[Rule, ...], code: tuple[CodeRule, ...]) -> None:
    """Asserts that the house keeps the rules; what it does not is told, a line each."""
    files = house()
    assert "streamz_core/errors.py" in files, "the walk must find the house"
    texts = ((path, text) for path, text in files.items() if written(path))
    found = [each for path, text in texts for each in complaints(path, text, rules, code)]
    nothing(found)


def nothing(found: Iterable[str]) -> None:
    told = list(found)
    assert not told, "\n" + "\n".join(told)


def gone(names: Iterable[str], files: Iterable[str]) -> list[str]:
    """Exceptions for files and folders (they end with "/") that are no longer there."""
    paths = set(files)
    folders = {path[: at + 1] for path in paths for at in range(len(path)) if path[at] == "/"}
    return [
        f"{name} is gone, and its exception with it"
        for name in names
        if name not in paths | folders
    ]


def imports(code: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported: `threading.Lock` for one name of a module."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{each.name}") for each in node.names)

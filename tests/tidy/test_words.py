"""Names that say something, a sentence at the head of each file, no unkept promise."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.tidy.house import SENTENCE, complaints, house, keeps, nothing

VAGUE = {"utils", "common", "helpers", "manager", "base", "core", "internals", "impl"}


def rule_vague_name(path: str, _: str) -> Iterator[str]:
    for part in Path(path).parts:
        name = part.split(".")[0].removeprefix("test_").strip("_")
        if name in VAGUE:
            yield f"'{part}' says nothing: name what is in it"


def rule_promise(_: str, text: str) -> Iterator[str]:
    if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", text):
        yield "an unkept promise: do it, or open an issue"


def rule_module_docstring(_: str, code: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(code) or "").split("\n\n")[0]
    if not re.search(r"[.:]$", first):
        yield "the file must start with one sentence that says what it is for"


RULES = (rule_vague_name, rule_promise)
CODE_RULES = (rule_module_docstring,)


def test_words_say_something():
    keeps(RULES, CODE_RULES)
    assert [told for path in house() for told in rule_vague_name(path, "")] == []


BAD = {
    "folder": ("streamz_core/utils/a.py", SENTENCE, "'utils' says nothing"),
    "file": ("streamz_core/log/_helpers.py", SENTENCE, "'_helpers.py' says nothing"),
    "test file": ("tests/log/test_common.py", SENTENCE, "'test_common.py' says nothing"),
    "promise": ("docs/a.md", "TO" + "DO: later", "unkept promise"),
    "no sentence": ("examples/a.py", "x = 1\n", "one sentence"),
    "half a sentence": ("streamz_core/log/a.py", '"""Log stuff"""\n', "one sentence"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_example_is_refused(name):
    path, text, expected = BAD[name]
    (told,) = complaints(path, text, RULES, CODE_RULES)
    assert expected in told


def test_a_good_example_passes():
    assert complaints("tests/log/test_base_offset.py", SENTENCE, RULES, CODE_RULES) == []


# Pages that lead people through the house.
GUIDES = ("CONTRIBUTING.md",)


def rule_paths(path: str, text: str, files: Iterable[str]) -> Iterator[str]:
    """What a guide points at is there."""
    paths = set(files)
    tops = {each.split("/")[0] for each in paths if "/" in each}
    for told in re.findall(r"`([\w./-]+)`", text):
        if told.split("/")[0] in tops and "/" in told and not is_there(told, paths):
            yield f"{path}: `{told}` is not there"


def is_there(told: str, paths: set[str]) -> bool:
    return told in paths or any(path.startswith(told.rstrip("/") + "/") for path in paths)


def test_guides_point_at_what_is_there():
    files = house()
    nothing(told for path in GUIDES for told in rule_paths(path, files[path], files))


def test_a_guide_to_what_is_gone_is_refused():
    files = ["streamz_core/log/chain.py", "docs/decisions/0001.md"]
    good = "`streamz_core/log/`, `docs/decisions`, `streamz_core/log/chain.py`, `mypy`, `a/b`"
    assert list(rule_paths("G.md", good, files)) == []
    (told,) = rule_paths("G.md", f"{good} and `streamz_core/panes.py`", files)
    assert told == "G.md: `streamz_core/panes.py` is not there"

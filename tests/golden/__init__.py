"""Golden files: what the house makes as text, kept beside it, so that a change of it is seen.

tests/test_golden.py holds each file to the function that makes it; `./dev golden` writes them anew
and shows what changed. A new one is a row here.
"""

from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The file -> module and function of the tests that give its text.
GOLDEN = {
    "docs/settings.md": "tests.golden.settings:page",
    "docs/promises.md": "tests.golden.promises:page",
    "tests/compiler/hits.txt": "tests.compiler.test_program:hits_text",
    "tests/fixtures/api.txt": "tests.golden.api:page",
    "tests/fixtures/logs/format-3.json": "tests.golden.logs:page",
}


def made(name: str) -> str:
    """The text as the house makes it now."""
    module, _, function = GOLDEN[name].partition(":")
    return getattr(import_module(module), function)()


def kept(name: str) -> str:
    """The text as it lies in its file, "" if there is none."""
    path = ROOT / name
    return path.read_text() if path.exists() else ""

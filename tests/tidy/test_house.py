"""The walk over the house, and what all families of rules stand on."""

import ast
import tomllib

from tests.tidy.house import ROOT, gone, house, imports, module


def test_an_exception_for_what_is_gone_is_refused():
    files = ["streamz_core/app.py", "streamz_core/log/chain/chain.py"]
    kept = ["streamz_core/app.py", "streamz_core/", "streamz_core/log/", "streamz_core/log/chain/"]
    assert gone(kept, files) == []
    (told,) = gone(["streamz_core/panes.py", *kept], files)
    assert told == "streamz_core/panes.py is gone, and its exception with it"
    assert gone(["streamz_core/chain/", "streamz_core/app"], files) != []


def test_exceptions_of_other_tools_name_what_is_there():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    names = [each.removesuffix("**") for each in tools["ruff"]["lint"]["per-file-ignores"]]
    assert len(names) > 3
    assert gone(names, house()) == []


def test_the_walk_finds_what_is_written_and_no_more():
    files = house()
    assert {"dev", "README.md", "tests/tidy/house.py", "state/FORMAT.md"} <= set(files)
    assert not [path for path in files if "__pycache__" in path]


def test_a_module_has_the_name_by_which_it_is_imported():
    assert module("state/streamz_state/keys.py") == "streamz_state.keys"
    assert module("streamz_core/log/__init__.py") == "streamz_core.log"


def test_imports_are_found_wherever_they_stand():
    code = ast.parse("import a.b\ndef f():\n    from c import d as e\nfrom . import g\n")
    assert list(imports(code)) == [(1, "a.b"), (3, "c.d")]

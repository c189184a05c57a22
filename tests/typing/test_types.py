"""The types that a type checker sees: good programs infer, wrong ones are refused.

A line that must be refused says so, and why: `# refused: user may be None [union-attr]`, with mypy's name of the
reason in brackets.
"""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

import streamz_core
from streamz_core.dsl.faces.cogroups import CogroupedStreams, WindowedCogrouped
from streamz_core.dsl.faces.grouped import Grouped, WindowedGrouped
from streamz_core.dsl.faces.routes import Split
from streamz_core.dsl.faces.tables.groups import GroupedTable

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WRONG = sorted(HERE.glob("wrong*.py"))
GOOD = sorted(set(HERE.glob("*.py")) - {*WRONG, *HERE.glob("test_*.py")})
REFUSED = re.compile(r"# refused: .*?(?:\[([a-z-]+)\])?$")
VERSIONS = ("3.11", "3.14")
OURS = ("App", "Stream", "Table", "Record", "Context", "Versions", "Topology", "ProcessorContext")
GROUPS = (Grouped, WindowedGrouped, GroupedTable, CogroupedStreams, WindowedCogrouped, Split)
# What starts an app, or looks at it, is not for types to hold.
UNTYPED = {
    "admin",
    "broker",
    "build",
    "config",
    "consumer",
    "home",
    "job",
    "producer",
    "run",
    "test",
}


def marked(path):
    """The numbers of the lines that must be refused, with the reason in brackets or None."""
    found = ((n, REFUSED.search(line)) for n, line in enumerate(path.read_text().splitlines(), 1))
    return {number: match[1] for number, match in found if match}


@pytest.fixture(scope="module", params=VERSIONS)
def errors(request, tmp_path_factory):
    """mypy's errors by file name and line, as under this Python: one run for all programs."""
    # mypy is a tool of the lint, not of the library: without it these tests cannot be run.
    api = pytest.importorskip("mypy.api", reason="mypy comes with the tools of ./dev lint")
    cache = tmp_path_factory.mktemp("mypy")
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)]
    flags = ["--no-pretty", "--no-error-summary", "--hide-error-context", "--no-color-output"]
    version = ["--python-version", request.param]
    report, trouble, _ = api.run([*config, *flags, *version, *map(str, [*GOOD, *WRONG])])
    assert not trouble, trouble
    found = {}
    for path, line, text in re.findall(r"^(.*?):(\d+): error: (.*)$", report, re.MULTILINE):
        found.setdefault(Path(path).name, {}).setdefault(int(line), []).append(text)
    return found


@pytest.mark.timeout(300)
def test_good_programs_have_exactly_the_types_they_say(errors):
    assert {
        name: errors.get(name) for name in (path.name for path in GOOD) if errors.get(name)
    } == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_every_wrong_program_is_refused_where_it_is_wrong(errors, path):
    found = errors.get(path.name, {})
    expected = marked(path)
    accepted = sorted(set(expected) - set(found))
    elsewhere = {line: texts for line, texts in found.items() if line not in expected}
    assert not accepted, f"mypy accepts lines {accepted} of {path.name}"
    assert not elsewhere, elsewhere
    for line, reason in expected.items():
        texts = found[line]
        assert reason is None or any(text.endswith(f"[{reason}]") for text in texts), (line, texts)


def test_enough_is_refused_and_for_a_reason():
    reasons = [reason for path in WRONG for reason in marked(path).values()]
    assert sum(reason is not None for reason in reasons) >= 60


@pytest.mark.timeout(300)
def test_nothing_else_is_wrong(errors):
    assert set(errors) <= {path.name for path in WRONG}


def test_every_operator_is_there_rightly_and_wrongly():
    faces = [*(getattr(streamz_core, name) for name in OURS), *GROUPS]
    names = {
        name
        for face in faces
        for name in dir(face)
        if callable(getattr(face, name, None)) and not name.startswith(("_", "test_"))
    }
    right = {name for path in GOOD for name in said(path)}
    wrong = {name for path in WRONG for name in said(path, set(marked(path)))}
    assert names - right == UNTYPED
    assert names - wrong == UNTYPED


def said(path, lines=None):
    """What is called there; of statements at these lines only, if some are given."""
    for statement in ast.parse(path.read_text()).body:
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
        )
        if lines is None or lines & set(range(first, statement.end_lineno + 1)):
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute):
                    yield node.attr


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_programs_build(path):
    spec = importlib.util.spec_from_file_location(f"typed_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.app.build().nodes

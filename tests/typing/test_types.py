"""The types that a type checker sees: good programs infer, wrong ones are refused."""

import importlib.util
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REFUSED = "# refused: "


def marked(path):
    """The numbers of the lines that must be refused."""
    lines = path.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if REFUSED in line}


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """mypy's errors by file name and line: one run for all programs."""
    # mypy is a tool of the lint, not of the library: without it these tests cannot be run.
    api = pytest.importorskip("mypy.api", reason="mypy comes with the tools of ./dev lint")
    cache = tmp_path_factory.mktemp("mypy")
    files = [str(HERE / name) for name in ("good.py", "wrong.py")]
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)]
    flags = ["--no-pretty", "--no-error-summary", "--hide-error-context", "--no-color-output"]
    report, trouble, _ = api.run([*config, *flags, *files])
    assert not trouble, trouble
    found = {}
    for path, line, text in re.findall(r"^(.*?):(\d+): error: (.*)$", report, re.MULTILINE):
        found.setdefault(Path(path).name, {}).setdefault(int(line), []).append(text)
    return found


@pytest.mark.timeout(300)
def test_good_programs_have_exactly_the_types_they_say(errors):
    assert errors.get("good.py", {}) == {}


@pytest.mark.timeout(300)
def test_every_wrong_program_is_refused_where_it_is_wrong(errors):
    found = errors.get("wrong.py", {})
    expected = marked(HERE / "wrong.py")
    assert len(expected) > 30
    accepted = sorted(expected - set(found))
    elsewhere = {line: texts for line, texts in found.items() if line not in expected}
    assert not accepted, f"mypy accepts lines {accepted} of wrong.py"
    assert not elsewhere, elsewhere


@pytest.mark.timeout(300)
def test_nothing_else_is_wrong(errors):
    assert set(errors) <= {"wrong.py"}


def test_good_programs_build():
    spec = importlib.util.spec_from_file_location("typed_good", HERE / "good.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [step.name for step in module.app.build().nodes if step.name == "hits"] == ["hits"]

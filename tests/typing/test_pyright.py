"""pyright sees what mypy sees: the same lines are refused, and nothing of what is good."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing.test_types import GOOD, ROOT, VERSIONS, WRONG, marked

PYRIGHT = Path(sys.executable).with_name("basedpyright")


@pytest.mark.timeout(300)
@pytest.mark.skipif(not PYRIGHT.exists(), reason="pyright comes with the tools of ./dev lint")
@pytest.mark.parametrize("version", VERSIONS)
def test_pyright_refuses_what_is_wrong_and_no_more(version):
    files = map(str, [*GOOD, *WRONG])
    options = ["--project", ROOT / "pyproject.toml", "--pythonversion", version, "--outputjson"]
    done = subprocess.run([PYRIGHT, *options, *files], capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["generalDiagnostics"]
    found = {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in told}
    assert found == {(path.name, line) for path in WRONG for line in marked(path)}

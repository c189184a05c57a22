"""pyright sees what mypy sees: the same lines of wrong.py are refused, and nothing of good.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing.test_types import HERE, ROOT, marked

PYRIGHT = Path(sys.executable).with_name("basedpyright")


@pytest.mark.timeout(300)
@pytest.mark.skipif(not PYRIGHT.exists(), reason="pyright comes with the tools of ./dev lint")
def test_pyright_refuses_what_is_wrong_and_no_more():
    files = [str(HERE / name) for name in ("good.py", "wrong.py")]
    command = [PYRIGHT, "--project", ROOT / "pyproject.toml", "--outputjson", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["generalDiagnostics"]
    found = {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in told}
    assert found == {("wrong.py", line) for line in marked(HERE / "wrong.py")}

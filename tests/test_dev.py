"""Which Python `./dev` goes on under: this one, the one that was asked for, or none with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FAKE = """#!/bin/sh
if [ "$1" = -c ]; then echo '["/fake", {version}]'; else echo "{version} runs $2"; fi
"""


@pytest.fixture
def search(tmp_path):
    """A PATH with a Python 3.14, a 3.10, and a shim of one that is not there."""
    for name, version in (("python3.14", "3, 14, 0"), ("python3.10", "3, 10, 4")):
        (tmp_path / name).write_text(FAKE.format(version=version))
    (tmp_path / "python3.12").write_text("#!/bin/sh\necho not installed >&2\nexit 127\n")
    for path in tmp_path.iterdir():
        path.chmod(0o755)
    return tmp_path


def run(wanted, search):
    """(exit code, stdout, stderr) of a verb that needs no environment."""
    environ = {**os.environ, "DEV_PYTHON": str(wanted), "PATH": str(search)}
    command = [sys.executable, ROOT / "dev", "help"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_version_or_a_path_is_gone_on_under(search):
    for wanted in ("3.14", "python3.14", search / "python3.14"):
        assert run(wanted, search) == (0, "3, 14, 0 runs help\n", "")


def test_the_python_that_runs_already_goes_on(search):
    code, out, err = run(sys.executable, search)
    assert (code, err) == (0, "")
    assert out.startswith("How this house is driven")
    assert run("", search)[1] == out


@pytest.mark.parametrize("wanted", ["3.12", "3.13", "/nowhere/python", "frob"])
def test_one_that_is_not_there_is_told(wanted, search):
    code, out, err = run(wanted, search)
    assert (code, out) == (1, "")
    assert err.startswith(f"dev: DEV_PYTHON={wanted}: there is no ")
    assert "the path of an interpreter" in err


def test_one_that_is_too_old_is_told(search):
    told = "dev: DEV_PYTHON=3.10 is Python 3.10; CPython 3.11 to 3.14 is needed\n"
    assert run("3.10", search) == (1, "", told)

"""What is shipped: both packages in one wheel, three dependencies, an sdist as it is listed."""

import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME = f"streamz_core-{PROJECT['version']}"
THREE = {"attrs", "msgpack", "rocksdict"}

pytest.importorskip("hatchling", reason="builds the package; ./dev test installs it")


def build(folder, target, *, source=ROOT):
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build(tmp_path_factory.mktemp("sdist"), "sdist")


def shipped():
    """The files of both packages as they lie here."""
    for top, package in ((ROOT, "streamz_core"), (ROOT / "state", "streamz_state")):
        for file in (top / package).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(top).as_posix()


def contents(wheel):
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_both_packages_and_nothing_else(wheel):
    assert contents(wheel) == set(shipped())
    assert {"streamz_core/py.typed", "streamz_state/py.typed"} <= contents(wheel)


def test_the_wheel_asks_for_three_packages_and_no_more(wheel):
    with zipfile.ZipFile(wheel) as file:
        told = metadata.PathDistribution(zipfile.Path(file, f"{NAME}.dist-info/"))
        wanted = [each for each in told.requires or [] if "extra ==" not in each]
        assert {re.split(r"[<>=! ]", each)[0] for each in wanted} == THREE
        assert set(told.metadata.get_all("Provides-Extra")) == {
            "dev",
            "fast",
            "kafka",
            "testing",
            "zstd",
        }
        assert told.metadata["License-Expression"] == "Apache-2.0"
        assert told.metadata["License-File"] == "LICENSE"
        (script,) = told.entry_points
        assert (script.name, script.value) == ("streamz", "streamz_core.cli.main:main")


def test_the_sdist_holds_what_is_listed(sdist):
    with tarfile.open(sdist) as file:
        names = {name.removeprefix(f"{NAME}/") for name in file.getnames()}
    listed = {
        *(".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CONTRIBUTING.md"),
        *("LICENSE", "PKG-INFO", "README.md", "dev", "docs", "examples", "findings"),
        *("pyproject.toml", "requirements-dev.lock", "state", "streamz_core", "tests"),
    }
    assert {name.split("/")[0] for name in names} == listed
    assert {".ci/run", "dev", "tests/test_packaging.py", "LICENSE"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_a_wheel_made_from_the_sdist_is_the_same(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as file:
        file.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 has none
        file.extractall(tmp_path)
    again = build(tmp_path, "wheel", source=tmp_path / NAME)
    assert contents(again) == contents(wheel)


def test_the_wheel_works_with_the_three_alone(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    for name in THREE:
        lender = metadata.distribution(name)
        for top in {file.parts[0] for file in lender.files or []} - {".."}:
            (packages / top).symlink_to(lender.locate_file(top))
    program = "import streamz_core, streamz_state, sys; print(streamz_core.__file__, *sys.path)"
    python = tmp_path / "venv/bin/python"
    done = subprocess.run(
        [python, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(packages) in done.stdout
    assert str(ROOT) not in done.stdout.replace(str(tmp_path), "")


def test_the_version_is_one():
    import streamz_core

    assert streamz_core.__version__ == PROJECT["version"]

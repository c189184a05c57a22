"""Importing is free: nothing heavy is loaded, nothing is started, nothing is touched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"asyncio", "http", "multiprocessing", "rocksdict"}
EXTRAS = {"confluent_kafka", "greenlet", "hypothesis"}

# A fresh interpreter that imports, and tells what the interpreter's audit saw meanwhile. Reading is
# allowed: modules are files.
PROBE = """
import json, sys, threading
sys.path[:0] = json.loads(sys.argv[1])
names = json.loads(sys.argv[2])
seen = []
DEEDS = ("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "fcntl.", "mmap.", "signal.")
READING = ("os.listdir", "os.scandir", "os.fspath", "os.walk")
def hook(event, args):
    if event == "open" and (set(str(args[1])) & set("wax+") or (args[2] or 0) & 3):
        seen.append(f"open {args[0]} for writing")
    elif event.startswith(DEEDS) and event not in READING:
        seen.append(event)
sys.addaudithook(hook)
threading.Thread.start = lambda thread: seen.append("a thread")  # no audit event before 3.13
for name in names:
    __import__(name)
print(json.dumps([sorted({name.split(".")[0] for name in sys.modules}), seen]))
"""


def imported(*names, cwd):
    """The top-level modules loaded by importing `names` in a fresh process, and what it did."""
    paths = json.dumps([str(ROOT), str(ROOT / "state")])
    command = [sys.executable, "-B", "-c", PROBE, paths, json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    loaded, seen = json.loads(done.stdout)
    return set(loaded), seen


def modules():
    """Every module of both packages but `testing` (which may load its extra) and programs."""
    for top in (ROOT, ROOT / "state"):
        for package in ("streamz_core", "streamz_state"):
            for file in sorted((top / package).rglob("*.py")):
                name = ".".join(file.relative_to(top).with_suffix("").parts)
                if "testing" not in name and not name.endswith("__main__"):
                    yield name.removesuffix(".__init__")


def test_importing_the_package_loads_nothing_heavy(tmp_path):
    loaded, seen = imported("streamz_core", cwd=tmp_path)
    assert "streamz_core" in loaded
    assert not loaded & (HEAVY | EXTRAS)
    assert seen == []
    assert list(tmp_path.iterdir()) == []


def test_importing_every_module_starts_nothing_and_loads_no_extra(tmp_path):
    names = list(modules())
    assert "streamz_core.errors" in names
    loaded, seen = imported(*names, cwd=tmp_path)
    assert not loaded & EXTRAS
    assert seen == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "deed",
    [
        "open('made', 'w')",
        "import os; os.open('made', os.O_CREAT | os.O_WRONLY)",
        "import os; os.mkdir('made')",
        "import socket; socket.socket()",
        "import subprocess; subprocess.run(['true'])",
        "import threading; threading.Thread(target=print).start()",
    ],
)
def test_the_probe_sees_a_deed(tmp_path, deed):
    (tmp_path / "deed.py").write_text(deed)
    _, seen = imported("deed", cwd=tmp_path)
    assert seen

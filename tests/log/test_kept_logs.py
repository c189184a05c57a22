"""Logs that were written by releases are read by this one: all of what stood in them."""

import json
from pathlib import Path

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.chain import identity
from streamz_core.log.inspection.checking import check
from streamz_core.log.log import Log
from tests.golden.logs import ROOT, filled, records, send

KEPT = sorted((Path(__file__).parents[1] / "fixtures/logs").glob("format-*.json"))
FOLDERS = {"commit", "copies", "ckpt", "data", "part"}


def placed(machine: MemoryMachine, kept: dict) -> None:
    env = machine.process()
    for path, lines in kept["files"].items():
        env.make_dirs(path.rpartition("/")[0])
        env.create(path).append(bytes.fromhex("".join(lines)))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_kept_log_is_read(path, machine):
    kept = json.loads(path.read_text())
    placed(machine, kept)
    log = Log.open(machine.process(), ROOT, watch=["plain", "packed"])
    assert log.chain.begin.lsn > 0, "it begins at a checkpoint"
    assert log.state.on_chain(kept["lsn"], bytes.fromhex(kept["hash"]))
    assert {name: records(log, name) for name in kept["records"]} == kept["records"]
    assert log.state.schemas_of(1, "value") == {b"abcd": b"a schema"}
    assert log.state.group("g").owners["0"].epoch == 1
    found = check(log.env, log.layout, log.identity)
    assert (found.faults, found.healed) == ([], [])
    send(log, 12)
    log.close()


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_kept_log_holds_every_kind_of_file(path, machine):
    files = json.loads(path.read_text())["files"]
    assert {name.split("/")[2] for name in files} >= {"LOG", "durable", *FOLDERS}


def test_there_is_one_of_this_version():
    assert KEPT[-1].stem == f"format-{identity.VERSION}"


def test_this_version_would_write_such_a_log(machine):
    log = filled(machine)
    names = {path.split("/")[2] for path, _ in machine.tree.files() if path.startswith(f"{ROOT}/")}
    assert names >= FOLDERS
    assert records(log, "packed")

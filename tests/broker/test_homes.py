"""A home that cannot be used is told by its path, to programs and on the command line."""

import errno
import os

import pytest

from streamz_core import App, Misuse, StorageFull
from streamz_core.broker.embedded import Broker
from streamz_core.broker.homes import usable
from streamz_core.env.memory import MemoryMachine
from streamz_core.env.real import RealEnv

NOBODY = 65534


@pytest.mark.parametrize("place", [".", "log"], ids=["the home", "the log in it"])
def test_a_home_that_is_a_file_is_told_by_its_path(tmp_path, place):
    home = tmp_path / "home"
    file = home / place
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    with (
        pytest.raises(Misuse, match=f"{file}: Not a directory; the home directory {home} must"),
        usable(RealEnv(), str(home)),
    ):
        pytest.fail("it is looked at before anything is done")


def test_a_home_that_is_not_there_yet_is_no_error(tmp_path):
    with usable(RealEnv(), str(tmp_path / "new")):
        pass


def test_what_is_refused_elsewhere_is_none_of_it(tmp_path):
    other = FileNotFoundError(2, "No such file", "/somewhere/else")
    with pytest.raises(FileNotFoundError) as caught, usable(RealEnv(), str(tmp_path)):
        raise other
    assert caught.value is other
    below = PermissionError(13, "Permission denied", str(tmp_path / "state" / "x"))
    with (
        pytest.raises(Misuse, match="state/x: Permission denied"),
        usable(RealEnv(), str(tmp_path)),
    ):
        raise below


def app_at(home):
    app = App("x", home=str(home))
    app.stream("t", key=str, value=str).to("u")
    return app


@pytest.mark.parametrize("call", ["producer", "consumer", "broker"])
def test_an_app_whose_home_may_not_be_written(tmp_path, call):
    home, root = tmp_path / "home", os.getuid() == 0
    home.mkdir(0o700)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    app = app_at(home)
    wanted = ["t"] if call in {"producer", "consumer"} else []
    # What is imported on first use may lie where the other user cannot read.
    before = app_at(tmp_path / "before")
    before.producer("t").close()
    getattr(before, call)(*wanted).close()
    told = f"{home}: Permission denied; the home directory"
    if root:
        tmp_path.chmod(0o755)
        os.seteuid(NOBODY)
    else:
        home.chmod(0)
    try:
        with pytest.raises(Misuse, match=told):
            getattr(app, call)(*wanted)
    finally:
        os.seteuid(os.getuid())
        home.chmod(0o700)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_is_told_as_what_it_is(tmp_path, code):
    full = OSError(code, os.strerror(code), str(tmp_path / "log" / "LOG"))
    with (
        pytest.raises(
            StorageFull, match=f"log/LOG: {os.strerror(code)}; the disk of the home"
        ) as told,
        usable(RealEnv(), str(tmp_path)),
    ):
        raise full
    assert told.value.__cause__ is full


def test_a_log_that_has_no_room_to_begin(tmp_path):
    """On a machine whose disk takes nothing more."""
    machine = MemoryMachine(capacity_bytes=10)
    with pytest.raises(StorageFull):
        Broker(machine.process(), "/home")

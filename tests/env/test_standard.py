"""What a process was given: closed descriptors lead nowhere, and files as many as it may have."""

import fcntl
import os
import subprocess
import sys

import pytest

from streamz_core.env.standard import widen
from tests.cli.terminal import environment

PROBE = """
import os, sys
from streamz_core.env.standard import occupy
occupy()
found = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
for number in (0, 1, 2):
    os.write(number, b"said") if number else os.read(number, 9)
os.write(found, b"file %d" % found)
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_gets_the_number_of_a_closed_stream(tmp_path, closed):
    file = tmp_path / "file"
    command = f'"{sys.executable}" -c "$PROBE" "{file}" {closed}'
    subprocess.run(
        ["sh", "-c", command],
        env={**environment(), "PROBE": PROBE},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    text = file.read_text()
    assert text.startswith("file ")
    assert int(text.removeprefix("file ")) > 2


def test_as_many_files_as_may_be_asked_for(tmp_path):
    probe = (
        "from streamz_core.env.standard import allow_files; import resource\n"
        "print(allow_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    command = f"ulimit -Sn 200; ulimit -Hn 300; \"{sys.executable}\" -c '{probe}'"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, check=True, text=True
    )
    assert done.stdout == "300 300\n"


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="pipes have one size here")
def test_a_pipe_holds_more():
    reader, writer = os.pipe()
    try:
        widen(reader, 1 << 18)
        assert fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ) == 1 << 18
    finally:
        os.close(reader)
        os.close(writer)


def test_what_is_no_pipe_stays_as_it_is(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        widen(file.fileno(), 1 << 20)

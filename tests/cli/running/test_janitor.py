"""`streamz janitor`: beside the workers of a run, or by hand."""

import signal
import subprocess
import sys
import time

from streamz_core.cli.running.lease import Lease
from streamz_core.env.real import RealEnv

PATIENCE_S = 30.0


def test_without_a_log_there_is_nothing_to_look_after(cli):
    done = cli("janitor", "--home", "nowhere")
    assert done.code != 0
    assert "holds no log" in done.err


def test_it_ends_with_the_holder_of_its_lease(cli, words):
    assert cli("topics", "create", "t").code == 0
    lease = Lease(RealEnv(), str(words / ".streamz"))
    lease.end()
    assert cli("janitor", "--quiet", "--lease", lease.path).code == 0


def test_by_hand_it_works_until_it_is_told_to_stop(cli, words):
    assert cli("topics", "create", "t").code == 0
    command = [sys.executable, "-m", "streamz_core.cli", "janitor", "--home", ".streamz"]
    with subprocess.Popen(command, cwd=words) as janitor:
        until_s = time.monotonic() + PATIENCE_S
        while not (words / ".streamz/log/janitor.lock").exists() and time.monotonic() < until_s:
            assert janitor.poll() is None
        janitor.send_signal(signal.SIGTERM)
        assert janitor.wait(PATIENCE_S) in (0, 130, -signal.SIGTERM)

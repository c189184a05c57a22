"""Signals: the first ends what runs in order, a second Ctrl-C ends it at once."""

import os
import signal
import subprocess
import sys

import pytest

from streamz_core.cli.signals import INTERRUPTED, Interrupts, Stop
from tests.cli.terminal import environment


@pytest.fixture
def stop():
    """With `hurried`: how often it was told not to wait."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hurried = []
    found = Stop(lambda: hurried.append(1), "it ends")
    found.hurried = hurried
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number):
    os.kill(os.getpid(), number)


def test_it_goes_on_until_a_signal_comes_and_says_so_once(stop, capsys):
    assert not stop()
    send(signal.SIGTERM)
    assert stop()
    assert stop()
    assert capsys.readouterr().err == "streamz: it ends\n"
    assert not stop.interrupted


def test_a_second_interrupt_does_not_wait(stop):
    send(signal.SIGINT)
    assert stop()
    assert stop.interrupted
    assert stop.hurried == []
    send(signal.SIGINT)
    assert stop.hurried == [1]


def test_termination_may_come_as_often_as_it_likes(stop):
    for _ in range(3):
        send(signal.SIGTERM)
    assert stop.hurried == []
    send(signal.SIGINT)
    assert stop.hurried == []
    send(signal.SIGTERM)
    assert stop.hurried == []


class Lost:
    """Ctrl-C in its finalizer: Python prints it, and goes on."""

    def __del__(self):
        send(signal.SIGINT)


@pytest.fixture
def interrupts():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Interrupts()
    signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_lost_comes_again(interrupts):
    interrupts.listen()
    interrupts.check()
    Lost()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.listen()
    interrupts.check()
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)


def test_signals_that_somebody_else_takes_stay_his(interrupts):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupts.listen()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


LOSING = """
import io, os, signal, sys
from streamz_core.cli.main import main

class Lost:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

class Lines(io.BytesIO):
    def read1(self, size):
        Lost()
        return b""

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.stdin = io.TextIOWrapper(Lines())
sys.exit(main(sys.argv[1:]))
"""


def test_produce_does_not_end_well_after_an_interrupt_that_was_lost(cli, tmp_path):
    cli("topics", "create", "t")
    done = subprocess.run(
        [sys.executable, "-c", LOSING, "topics", "produce", "t"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == INTERRUPTED, done.stderr
    assert "streamz: interrupted; nothing was written" in done.stderr

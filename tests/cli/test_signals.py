"""Signals: the first ends what runs in order, a second Ctrl-C ends it at once."""

import os
import signal

import pytest

from streamz_core.cli.signals import Stop


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

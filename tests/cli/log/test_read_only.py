"""A log on a file system that is mounted read-only, as after an error of the disk: it can be looked at."""

import errno
import os

import pytest

from streamz_core.env.real import RealEnv


@pytest.fixture
def mounted(cli, tmp_path, monkeypatch):
    cli("topics", "create", "t")
    cli("topics", "produce", "t", stdin="a\nb\n")
    reading = RealEnv.open

    def refused(env, path, *, write=False):
        if write:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return reading(env, path)

    monkeypatch.setattr(RealEnv, "open", refused)
    return cli


def test_it_can_be_looked_at(mounted):
    done = mounted("log", "info")
    assert (done.code, done.err) == (0, "")
    assert "topics     1, with 4 partitions, 2 records" in done.out
    done = mounted("log", "check")
    assert done.code == 0
    assert "is sound" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("topics", "list"),
        ("log", "compact"),
        ("log", "level", "power"),
        ("backup", "take", "copy"),
        ("topics", "consume", "t", "-e"),
    ],
)
def test_what_opens_it_says_what_it_needs(mounted, words):
    done = mounted(*words)
    assert done.code == 2
    assert ": Read-only file system; the home directory" in done.err
    assert "that this user may read and write" in done.err

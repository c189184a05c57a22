"""A small disk that is filled and freed under an app, where one can be mounted."""

import os

import pytest

from tests.chaos import space


def test_who_is_not_root_is_told(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert space.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed"


def test_one_round(capsys):
    assert space.main(["--rounds", "1", "--seed", "3"]) == 0
    told = capsys.readouterr().out
    if "nothing was tried" in told:
        pytest.skip("a tmpfs cannot be mounted here")
    assert told.splitlines()[-1] == "1 passed, 0 failed"

"""The battery of random steps over the face of topics: one seed of it, which can be played again."""

import re

from hypothesis import settings

from tests.chaos.model import SETTINGS, finding, main

SHORT = settings(SETTINGS, max_examples=3, stateful_step_count=10)


def test_a_seed_is_played_again(monkeypatch, capsys):
    monkeypatch.setattr("tests.chaos.model.SETTINGS", SHORT)
    assert finding(1) is None
    assert main(["--budget", "0", "--seed", "1"]) == 0
    assert re.search(r"\n[1-9]\d* passed, 0 failed\n$", capsys.readouterr().out)

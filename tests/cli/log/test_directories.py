"""Which log a command is about."""

import argparse

import pytest

from streamz_core.cli.log.directories import find_log
from streamz_core.errors import ForeignLog


def given(**options):
    return argparse.Namespace(**{"home": None, "app": None, **options})


def test_the_log_of_a_home_is_found_and_not_opened(cli, tmp_path):
    cli("topics", "create", "t", "--home", "h")
    before = sorted(tmp_path.rglob("*"))
    _, layout, identity = find_log(given(home="h"))
    assert layout.root == f"{tmp_path}/h/log"
    assert identity.level == "power"
    assert sorted(tmp_path.rglob("*")) == before


def test_none_is_made(tmp_path):
    with pytest.raises(ForeignLog, match="holds no log"):
        find_log(given(home=str(tmp_path / "none")))
    assert not (tmp_path / "none").exists()

"""Where a command works: what names the home, what settings it is given, what cannot be used."""

from argparse import ArgumentParser

import pytest

from streamz_core.app import App, machine
from streamz_core.cli.places import add_app, add_place, add_settings, home_of, overrides
from streamz_core.errors import Misuse


@pytest.fixture
def env(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return machine()


def test_the_home_is_told_by_the_option_then_the_app_then_the_environment(
    env, tmp_path, monkeypatch
):
    app = App("x", home=str(tmp_path / "apps"))
    assert home_of(None, None, env) == str(tmp_path / ".streamz")
    monkeypatch.setenv("STREAMZ_HOME", "elsewhere")
    assert home_of(None, None, env) == str(tmp_path / "elsewhere")
    assert home_of(None, app, env) == str(tmp_path / "apps")
    assert home_of("here", app, env) == str(tmp_path / "here")


def test_settings_are_pairs():
    assert overrides([]) == {}
    assert overrides(["a=1", "b=c=d", "e="]) == {"a": "1", "b": "c=d", "e": ""}
    with pytest.raises(Misuse, match="--set x: write --set key=value"):
        overrides(["a=1", "x"])


def test_the_options_by_which_a_place_is_named():
    parser = ArgumentParser()
    add_app(parser)
    add_settings(parser)
    given = parser.parse_args(["app.py", "--home", "h", "--set", "a=1", "--set", "b=2"])
    assert (given.app, given.home, given.set) == ("app.py", "h", ["a=1", "b=2"])
    parser = ArgumentParser()
    add_place(parser)
    given = parser.parse_args(["--app", "app.py"])
    assert (given.app, given.home) == ("app.py", None)

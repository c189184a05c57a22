"""Where a command works: what names the home, what settings it is given, what cannot be used."""

from argparse import ArgumentParser

import pytest

from streamz_core.app import App, machine
from streamz_core.cli.places import add_app, add_place, add_settings, home_of, overrides, usable
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


@pytest.mark.parametrize("place", [".", "log"], ids=["the home", "the log in it"])
def test_a_home_that_is_a_file_is_told_by_its_path(env, tmp_path, place):
    home = tmp_path / "home"
    file = home / place
    file.parent.mkdir(exist_ok=True)
    file.write_text("")
    with (
        pytest.raises(Misuse, match=f"{file}: Not a directory; the home directory {home} must"),
        usable(env, str(home)),
    ):
        pytest.fail("it is looked at before anything is done")


def test_a_home_that_is_not_there_yet_is_no_error(env, tmp_path):
    with usable(env, str(tmp_path / "new")):
        pass


def test_what_is_refused_elsewhere_is_none_of_it(env, tmp_path):
    other = FileNotFoundError(2, "No such file", "/somewhere/else")
    with pytest.raises(FileNotFoundError) as caught, usable(env, str(tmp_path)):
        raise other
    assert caught.value is other
    below = PermissionError(13, "Permission denied", str(tmp_path / "state" / "x"))
    with pytest.raises(Misuse, match="state/x: Permission denied"), usable(env, str(tmp_path)):
        raise below


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

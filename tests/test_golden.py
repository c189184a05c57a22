"""Golden files are what the house makes: `./dev golden` writes them anew and shows the diff."""

import pytest

from tests import golden
from tests.golden.__main__ import main


@pytest.mark.parametrize("name", golden.GOLDEN)
def test_a_golden_file_is_what_is_made(name):
    assert golden.kept(name) == golden.made(name), f"{name}: look at the diff of ./dev golden"


def test_what_changed_is_written_shown_and_counted(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("tests.golden.ROOT", tmp_path)
    monkeypatch.setattr("tests.golden.__main__.ROOT", tmp_path)
    monkeypatch.setattr("tests.golden.made", lambda name: "a\nc\n")
    monkeypatch.setattr("tests.golden.__main__.made", lambda name: "a\nc\n")
    for name in golden.GOLDEN:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a\nc\n")
    changed, missing, *_ = golden.GOLDEN
    (tmp_path / changed).write_text("a\nb\n")
    (tmp_path / missing).unlink()
    main()
    told = capsys.readouterr().out
    assert f"--- {changed} (was)" in told
    assert "-b\n+c\n" in told
    assert told.endswith("golden: 2 changed\n")
    assert (tmp_path / missing).read_text() == "a\nc\n"
    main()
    assert capsys.readouterr().out == "golden: 0 changed\n"

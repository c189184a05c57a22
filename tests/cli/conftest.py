"""The command line inside this process, and a directory with the app of words."""

import io
import logging
import signal
import sys

import pytest

from streamz_core.cli.main import main
from tests.cli.terminal import TYPED, WORDS, Done, Watch


@pytest.fixture
def cli(tmp_path, monkeypatch, capfd):
    """`cli("topics", "list", stdin=...)` -> Done, in a directory of its own; leaves no trace behind."""
    modules, handlers = set(sys.modules), [signal.SIGINT, signal.SIGTERM]
    before = {number: signal.getsignal(number) for number in handlers}
    ours = logging.getLogger("streamz")
    level = ours.level
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)

    def run(*words, stdin=""):
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]
        monkeypatch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode(errors="surrogateescape")))
        )
        capfd.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:
            code = ended.code
        out, err = capfd.readouterr()
        return Done(code, out, err)

    yield run
    ours.setLevel(level)
    for number, handler in before.items():
        signal.signal(number, handler)
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def words(tmp_path):
    """A directory with app.py, the app that counts words."""
    (tmp_path / "app.py").write_text(WORDS)
    return tmp_path


@pytest.fixture
def watch(tmp_path):
    """A look at the log of that directory."""
    found = Watch(tmp_path / ".streamz")
    yield found
    found.close()


@pytest.fixture
def typed(tmp_path):
    """The options that name an app with a topic `places` of a key and a value class."""
    (tmp_path / "typed.py").write_text(TYPED)
    return ("--app", "typed.py")

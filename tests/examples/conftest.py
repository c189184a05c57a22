"""The example of a test file: `test_fraud.py` has that of `examples/fraud.py`."""

import pytest

from tests.examples.killed import SETTINGS, Example


@pytest.fixture
def example(request, tmp_path, monkeypatch):
    """The program with an empty home, and settings that let it be killed in the middle."""
    monkeypatch.setenv("STREAMZ_HOME", str(tmp_path / ".streamz"))
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    name = request.module.__name__.rpartition("test_")[2]
    return Example(name, tmp_path)

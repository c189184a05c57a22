"""What holds for every test: the same examples every time, and no settings of this machine."""

import os

import hypothesis
import pytest

# Deterministic, without a database on disk; a slow machine is no failure.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """A developer's own STREAMZ_HOME must neither decide a test nor be written to."""
    for name in [name for name in os.environ if name.startswith("STREAMZ_")]:
        monkeypatch.delenv(name)

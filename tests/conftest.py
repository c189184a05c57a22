"""What holds for every test: the same examples every time, and no settings of this machine."""

import logging
import os

import hypothesis
import pytest

# Deterministic, without a database on disk; a slow machine is no failure.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption(
        "--with",
        action="append",
        default=[],
        choices=["kafka"],
        dest="beside",
        help="run the tests that need this, too: ./dev test --with kafka",
    )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """A developer's own STREAMZ_HOME must neither decide a test nor be written to."""
    for name in [name for name in os.environ if name.startswith("STREAMZ_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _the_same_log_level_for_all():
    """Commands that a test runs in this process set it, as they do in one of their own."""
    ours = logging.getLogger("streamz")
    before = ours.level
    yield
    ours.setLevel(before)

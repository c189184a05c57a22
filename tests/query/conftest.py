"""A place where workers of the counting app run, and some that run already."""

import pytest

from streamz_core.query.asking import Asker
from tests.query.counting import KEYS, Place


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path)
    yield found
    found.close()


@pytest.fixture
def running(place):
    """One worker that owns everything and has counted a few lines."""
    worker = place.worker().join()
    for key, value in [("a", "one"), ("b", "two"), ("a", "three"), ("ü/?", "x")]:
        place.send(key, value)
    place.settle()
    return worker


@pytest.fixture
def both(place):
    """Two workers, a part of each store at each of them, a line for every key."""
    found = [place.worker().join(), place.worker().join()]
    for key in KEYS:
        place.send(key, f"line {key}")
    place.settle()
    parts = [set(one.worker.tasks) for one in found]
    assert all(parts)
    assert parts[0] | parts[1] == {"brief/0", "brief/1"}
    return found


@pytest.fixture
def asker(place):
    """One that does not wait, and keeps what it warned of in `warnings`."""
    warnings = []
    found = Asker(
        place.plan, place.backend, place.env, place.home, warn=warnings.append, timeout_s=0
    )
    found.warnings = warnings
    yield found
    found.close()

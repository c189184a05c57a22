"""A place where workers of the counting app run, and one that runs already."""

import pytest

from tests.query.counting import Place


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

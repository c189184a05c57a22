"""What a worker does to Python's collector, and that nothing of it stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from streamz_core.env.processes.collector import CONTAINERS, WHOLE, rarely
from streamz_core.env.real import RealEnv


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_worker_looks_for_cycles_rarely_and_then_as_before() -> None:
    gc.set_threshold(700, 10, 10)
    with RealEnv().steadily():
        assert gc.get_threshold() == (CONTAINERS, 10, WHOLE)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("first", [0, CONTAINERS * 5])
def test_who_looks_more_rarely_or_never_goes_on_so(first: int) -> None:
    gc.set_threshold(first, 10, WHOLE * 2)
    with rarely():
        assert gc.get_threshold() == (first, 10, WHOLE * 2)
    assert gc.get_threshold() == (first, 10, WHOLE * 2)


def test_what_somebody_sets_meanwhile_stays() -> None:
    with rarely():
        gc.set_threshold(900, 5, 5)
    assert gc.get_threshold() == (900, 5, 5)


def test_the_end_of_an_error_is_an_end_too() -> None:
    gc.set_threshold(700, 10, 10)
    with pytest.raises(ValueError, match="x"), rarely():
        raise ValueError("x")
    assert gc.get_threshold() == (700, 10, 10)

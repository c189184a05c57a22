"""The built-in log keeps every promise, at both levels; and a broker that does not is told which."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamz_core.config import Config
from streamz_core.testing.promises import check
from streamz_core.testing.promises.check import PROMISES, check_broker
from streamz_core.testing.promises.clients import Clients, LocalClients
from streamz_core.testing.promises.promise import promised, promised_by
from streamz_core.testing.promises.stage import Make, Stage, same


@pytest.fixture(params=["process", "power"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    config = Config(durability=request.param, log_free_bytes=0)

    def process() -> Clients:
        return LocalClients(str(tmp_path), config)

    return process


@pytest.mark.parametrize("name", PROMISES)
def test_promise(name: str, make: Make) -> None:
    PROMISES[name](make)


def test_what_one_side_cannot_keep_says_why() -> None:
    for one in PROMISES.values():
        assert (one.only is None) == (not one.because), one.name
        assert one.kept_by("embedded") or one.kept_by("kafka")
        assert len(one.sentence.split()) > 8


def test_all_of_them_are_tried_and_those_that_are_broken_are_told_together(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "PROMISES", {one.name: one for one in (kept, broken, elsewhere)})
    with pytest.raises(ExceptionGroup, match="1 of 2 promises are not kept") as told:
        check_broker(make)
    (error,) = told.value.exceptions
    assert str(error) == "records: there is 0; promised is 1"
    assert error.__notes__ == ["not kept: broken: Nobody keeps this."]
    monkeypatch.setattr(check, "PROMISES", {one.name: one for one in (kept, elsewhere)})
    assert check_broker(make) == ["kept"]


@promised
def kept(stage: Stage) -> None:
    """A topic that was made is there."""
    assert stage.topic() in stage.admin.topics()


@promised
def broken(_: Stage) -> None:
    """Nobody keeps this."""
    same(0, 1, "records")


@promised_by("kafka", "the built-in log is better")
def elsewhere(_: Stage) -> None:
    """This is kept elsewhere."""
    raise AssertionError

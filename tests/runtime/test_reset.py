"""An app that is reset begins anew: all of it or nothing, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamz_core import App
from streamz_core.broker.operating.targets import (
    Target,
    earliest,
    first,
    latest,
    shifted_by,
    to_offset,
    to_time,
)
from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import Misuse
from streamz_core.runtime.reset import Reset, plan_reset, reset
from tests.runtime.conftest import House, OnDisk, counting, house_of


def ran(tmp_path: Path) -> House:
    """The counting app with its state on the disk, which counted a a b and is no more."""
    here = house_of(counting(), home=str(tmp_path))
    here.worker()
    here.send("in", ("a", "1", 10), ("a", "2", 20), ("b", "3", 30))
    here.settle()
    end(here)
    assert here.counts() == [("a", 1), ("a", 2), ("b", 1)]
    return here


def end(here: House) -> None:
    for worker in here.workers:
        worker.close()
    here.workers.clear()


class Real(OnDisk):
    """Asks the real disk whether state is there."""

    def exists(self, path: str) -> bool:
        return self.real.exists(path) if "/state/" in path else super().exists(path)


def planned(here: House, target: Target = earliest, *only: str) -> Reset:
    env = Real(here.machine)
    return plan_reset(here.backend, env, here.home, "count", ["in"], target=target, only=only)


def again(here: House) -> list[tuple[str, int]]:
    """What the app writes when it runs once more."""
    before = len(here.counts())
    here.worker()
    here.settle()
    end(here)
    return here.counts()[before:]


def test_it_says_what_goes_and_changes_nothing(tmp_path: Path) -> None:
    here = ran(tmp_path)
    before = here.backend.mark
    found = planned(here)
    assert found.offsets == {("in", 0): (3, None)}
    assert found.removed == {"count-total-changelog": 2}
    assert found.directory == f"{tmp_path}/state/count"
    assert (found.living, found.readers, found.empty) == ((), {}, False)
    here.backend.refresh()
    assert here.backend.mark == before
    assert again(here) == []


def test_it_begins_anew(tmp_path: Path) -> None:
    here = ran(tmp_path)
    assert reset(here.backend, Real(here.machine), planned(here), "me") == ""
    assert not (tmp_path / "state" / "count").exists()
    assert here.backend.topics().keys() == {"in", "out"}
    assert planned(here).empty
    assert again(here) == [("a", 1), ("a", 2), ("b", 1)]
    assert again(here) == []


@pytest.mark.parametrize(
    "target, counted",
    [
        (first, [("a", 1), ("a", 2), ("b", 1)]),
        (latest, []),
        (to_offset(1), [("a", 1), ("b", 1)]),
        (to_offset(99), []),
        (to_time(0), [("a", 1), ("a", 2), ("b", 1)]),
        (to_time(11), [("a", 1), ("b", 1)]),
        (to_time(30), [("b", 1)]),
        (to_time(31), []),
        (shifted_by(-1), [("b", 1)]),
        (shifted_by(-99), [("a", 1), ("a", 2), ("b", 1)]),
        (shifted_by(99), []),
    ],
)
def test_it_begins_where_it_is_told(
    tmp_path: Path, target: Target, counted: list[tuple[str, int]]
) -> None:
    here = ran(tmp_path)
    reset(here.backend, Real(here.machine), planned(here, target), "me")
    assert again(here) == counted


def test_a_living_worker_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    here = ran(tmp_path)
    worker = here.worker()
    here.settle()
    wanted = planned(here)
    before = here.backend.mark
    assert len(wanted.living) == 1
    with pytest.raises(Misuse, match=r"app count is running \(pid .*\): end it first"):
        reset(here.backend, Real(here.machine), wanted, "me")
    here.backend.refresh()
    assert here.backend.mark == before
    here.kill(worker)
    assert reset(here.backend, Real(here.machine), planned(here), "me") == ""
    assert again(here) == [("a", 1), ("a", 2), ("b", 1)]


class Stubborn(Real):
    """A disk that does not let go."""

    def remove_tree(self, path: str) -> None:
        raise PermissionError(13, "Permission denied", path)


def test_state_that_cannot_be_removed_is_not_trusted(tmp_path: Path) -> None:
    here = ran(tmp_path)
    left = reset(here.backend, Stubborn(here.machine), planned(here), "me")
    assert left == f"{tmp_path}/state/count: Permission denied"
    assert (tmp_path / "state" / "count" / "total" / "0" / "1").exists()
    assert again(here) == [("a", 1), ("a", 2), ("b", 1)]
    assert planned(here).directory
    assert reset(here.backend, Real(here.machine), planned(here), "me") == ""
    assert again(here) == [("a", 1), ("a", 2), ("b", 1)]


class Died(BaseException):
    """The process ended here."""


class Dying(Real):
    def point(self, name: str) -> None:
        if name == "reset":
            raise Died


def test_a_crash_before_the_disk_is_done_is_made_good(tmp_path: Path) -> None:
    here = ran(tmp_path)
    with pytest.raises(Died):
        reset(here.backend, Dying(here.machine), planned(here), "me")
    assert planned(here).directory, "it is said once more"
    assert again(here) == [("a", 1), ("a", 2), ("b", 1)]


def test_a_store_of_another_type_is_taken_after_a_reset(tmp_path: Path) -> None:
    here = ran(tmp_path)
    app = App("count")
    lines = app.stream("in", key=str, value=str)
    lines.group_by_key().aggregate(lambda so_far, _: so_far + 0.5, initial=float, name="total")
    changed = house_of(app, home=str(tmp_path))
    changed.machine, changed.broker = here.machine, here.broker
    with pytest.raises(Misuse, match=r"store 'total'.*streamz reset APP"):
        changed.worker()
    reset(here.backend, Real(here.machine), planned(here), "me")
    changed.worker()
    changed.settle()
    end(changed)


def test_other_partitions_are_taken_after_a_reset(tmp_path: Path) -> None:
    here = ran(tmp_path)
    app = App("count")
    lines = app.stream("in", key=str, value=str)
    lines.repartition(name="three", partitions=3).group_by_key().count(name="total").to("out")
    changed = house_of(app, home=str(tmp_path))
    changed.machine, changed.broker = here.machine, here.broker
    with pytest.raises(
        Misuse, match=r"has 1 partitions, and the app now needs 3.*streamz reset APP"
    ):
        changed.worker()
    reset(here.backend, Real(here.machine), planned(here), "me")
    changed.worker()
    changed.settle()
    end(changed)
    assert here.backend.topic("count-total-changelog").partitions == 3


def test_the_first_record_is_said_whatever_the_source_says(tmp_path: Path) -> None:
    here = ran(tmp_path)
    assert planned(here, first).offsets == {("in", 0): (3, 0)}
    assert planned(here, earliest).offsets == {("in", 0): (3, None)}


def test_only_the_topics_that_are_named_begin_anew(tmp_path: Path) -> None:
    here = ran(tmp_path)
    assert planned(here, earliest, "in").offsets == {("in", 0): (3, None)}
    for name in ("out", "count-total-changelog", "nowhere"):
        with pytest.raises(
            Misuse, match=f"{name} is no input topic of the app; its inputs are in$"
        ):
            planned(here, earliest, name)


def test_who_else_reads_an_internal_topic_is_told(tmp_path: Path) -> None:
    here = ran(tmp_path)
    transaction = here.broker.transaction("audit")
    transaction.move("count-total-changelog", 0, 0, 1)
    transaction.commit()
    assert planned(here).readers == {"count-total-changelog": "audit"}
    reset(here.backend, Real(here.machine), planned(here), "me")
    assert here.backend.groups()["audit"] == {}


def test_an_app_that_never_ran_has_nothing_to_reset() -> None:
    here = house_of(counting())
    assert planned(here).empty
    here.backend.create_topic("in", 2, {})
    assert planned(here).empty
    assert planned(here, latest).offsets == {("in", 0): (None, 0), ("in", 1): (None, 0)}
    assert not planned(here, latest).empty


def test_the_worker_of_before_never_writes_again(tmp_path: Path) -> None:
    """It was stopped, buried by another, and wakes up after the reset."""
    here = ran(tmp_path)
    env = OnDisk(here.machine)
    worker = here.worker(env)
    here.settle()
    here.send("in", ("a", "4", 40))
    here.backend.log.leave(worker.backend.log.incarnation)
    reset(here.backend, Real(here.machine), evolve_living(planned(here)), "me")
    assert here.counts() == [("a", 1), ("a", 2), ("b", 1)]
    here.settle()
    assert here.counts()[3:] == [("a", 1), ("a", 2), ("b", 1), ("a", 3)]
    end(here)


def evolve_living(wanted: Reset) -> Reset:
    assert wanted.living == (), "it is no member any more"
    return wanted


def test_a_process_in_memory_has_no_state_on_the_disk() -> None:
    here = house_of(counting())
    here.worker()
    here.settle()
    end(here)
    assert (
        plan_reset(here.backend, MemoryEnv(), here.home, "count", ["in"], target=earliest).directory
        == ""
    )

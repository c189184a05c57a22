"""`chaos calls`: each call of the file system fails, once and then for ever, in scripted scenarios.

The n-th call that can fail in some way does; n is counted up until the scenario passes untouched. The outcome
is right, or an error that is documented; nothing that was acknowledged is lost, half of no commit is there; the same
handle goes on or says that it cannot, and when nothing fails any more a new one gets through all of it.
"""

import argparse
import errno
import random
import time
from collections.abc import Iterator
from itertools import count

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import StreamzError
from streamz_core.log.chain.poison import EXIT_POISONED
from streamz_core.testing.simulator.world import SimEnv
from tests.chaos.budget import seconds
from tests.chaos.calls_play import FAILURES, PARTITIONS, TOPIC, Fault, Play, read
from tests.chaos.calls_scenarios import SCENARIOS

LEVELS = ("power", "process")


@frozen
class Case:
    """One failing call."""

    scenario: str
    level: str
    failure: str
    ever: bool
    cut: bool  # the power fails at the end
    number: int = 1

    def __str__(self) -> str:
        how = f"{self.failure} at call {self.number}{' and ever after' if self.ever else ''}"
        return f"{self.scenario}, level {self.level}, {how}{', power cut' if self.cut else ''}"


class Wrong(Exception):
    """An outcome that may not be."""


def play(case: Case) -> bool:
    """Play it; false if there was no such call. Wrong says what may not be."""
    scenario = SCENARIOS[case.scenario]
    stage = Play(case.level, scenario.keeps, scenario.limits)
    stage.sim.observer().make_dirs("/home")
    if scenario.before is not None:
        before = scenario.before
        stage.run(lambda env: before(stage, env))
    if scenario.cut:
        stage.cut()
    if scenario.poison:
        _fail_a_sync(stage)
    if stage.error is not None:
        raise Wrong("the scenario fails without a fault") from stage.error
    fault = Fault(case.failure, case.number, case.ever)
    code = stage.run(lambda env: scenario.act(stage, env), fault)
    if fault.seen < case.number:
        if stage.error is not None:
            raise Wrong(f"an error without a fault: {stage.error!r}") from stage.error
        return False
    if code not in (0, EXIT_POISONED):
        raise Wrong(f"the process ended with {code}") from stage.sim.failure
    _check_error(stage, case)
    if case.cut:
        stage.cut()
    done = stage.error is None and code == 0
    stage.error, stage.log = None, None
    if done or not scenario.absent:
        _check_content(stage)
    code = stage.run(lambda env: scenario.act(stage, env))
    if code != 0 or stage.error is not None:
        raise Wrong(f"a new process does not get through it: {code}, {stage.error!r}")
    _check_content(stage)
    return True


def _fail_a_sync(stage: Play) -> None:
    """Somebody found the disk failing, and the log says so."""

    def life(env: Env) -> None:
        assert isinstance(env, SimEnv)
        log = stage.open(env)
        log.durability.syncing.fail(OSError(errno.EIO, "planted"))

    stage.run(life)


def _check_error(stage: Play, case: Case) -> None:
    """What was raised is of this library, or the system's own word."""
    error = stage.error
    if isinstance(error, OSError) and error.errno != FAILURES[case.failure][0]:
        raise Wrong(f"an error of nobody: {error!r}") from error


def _check_content(stage: Play) -> None:
    """A new process finds all that was acknowledged, and no half of a commit."""
    found: list[dict[int, bytes]] = []

    def life(env: Env) -> None:
        log = stage.open(env)
        if TOPIC in log.state.names:
            found.extend(read(log, partition) for partition in range(PARTITIONS))
        log.close()

    code = stage.run(life)
    if code != 0 or stage.error is not None:
        raise Wrong(f"a new process cannot open it: {code}, {stage.error!r}") from stage.error
    found = found or [{} for _ in range(PARTITIONS)]
    there = [set(rows.values()) for rows in found]
    if any(len(rows) != len(values) for rows, values in zip(found, there, strict=True)):
        raise Wrong(f"a value twice: {found}")
    for values in stage.tried:
        if len({value in there[partition] for partition, value in enumerate(values)}) > 1:
            raise Wrong(f"half a commit: {values}")
    kept = [all(found[part].get(at) == v for part, at, v in told.values) for told in stage.told]
    begin = 0
    for stop in stage.cuts:
        part = kept[begin:stop]
        if sorted(part, reverse=True) != part:
            raise Wrong(f"a power cut took back more than the last commits: {kept}")
        begin = stop
    if not all(kept[begin:]):
        raise Wrong(f"an acknowledged commit is lost: {kept}, {stage.told[kept.index(False)]}")
    stage.told = [told for told, there in zip(stage.told, kept, strict=True) if there]
    stage.cuts = []


# ---- all of them


def rows() -> list[Case]:
    """Every way to fail, each to be counted up from its first call."""
    return [
        Case(scenario, level, failure, ever, cut)
        for scenario in SCENARIOS
        for level in LEVELS
        for failure in FAILURES
        for ever in (False, True)
        for cut in (False, True)
    ]


def cases(first: Case, stride: int = 1) -> Iterator[Case]:
    """One row, call by call, or every so many-th."""
    for number in count(first.number, stride):
        yield Case(first.scenario, first.level, first.failure, first.ever, first.cut, number)


def finding(case: Case) -> str | None:
    """What is wrong with it; "" if there is no such call, None if all is well."""
    try:
        return None if play(case) else ""
    except (Wrong, StreamzError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"


def main(arguments: list[str]) -> int:
    """All rows in an order of chance; those that the budget does not reach are told, and fail nothing."""
    parser = argparse.ArgumentParser(prog="chaos calls", description=__doc__)
    parser.add_argument("--budget", default="10m", type=seconds)
    parser.add_argument("--seed", default=0, type=int, help="of the order")
    parser.add_argument("--scenario", choices=SCENARIOS, help="this one only")
    options = parser.parse_args(arguments)
    until_s = time.monotonic() + options.budget
    todo = [one for one in rows() if options.scenario in (None, one.scenario)]
    random.Random(options.seed).shuffle(todo)
    passed = failed = whole = 0
    for row in todo:
        for case in cases(row):
            if time.monotonic() > until_s:
                break
            found = finding(case)
            if found == "":
                whole += 1
                break
            passed += found is None
            if found is not None:
                failed += 1
                print(f"{case}: {found}", flush=True)
    print(f"{whole} of {len(todo)} rows to their last call")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0

"""The whole job, end to end: load a year, run two workers, kill one, compare with a recount.

`./dev demo` runs it.

--sample     the committed two thousand flights instead of the year
--keep DIR   into this new directory, instead of one that the next demo replaces
"""

from __future__ import annotations

import argparse
import gc
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import attrs

from examples.flights import load
from examples.flights.compare import SHOWN, Finding, app_file, findings
from examples.flights.recount import recount
from examples.flights.watch import Probe, Watch

HERE = Path(__file__).resolve().parent
STREAMZ = [sys.executable, "-m", "streamz_core.cli"]
WORKERS = 2
KILL_AT, KILL_TO = 0.4, 0.7  # of the flights; later would prove little
LOOK_S = 0.002
STUCK_S = 60.0
# Two thousand flights are over in a moment: small bites, each committed, give time to aim.
SLOWLY = {"STREAMZ_POLL_RECORDS_MAX": "5", "STREAMZ_COMMIT_INTERVAL_MS": "0"}
OWN = "of-the-demo"


@attrs.frozen
class Kill:
    """Which worker was killed when, and who went on with its tasks."""

    pid: int
    share: float
    taken: dict[str, int]
    failover_ms: float


@attrs.frozen
class Run:
    """What was seen while the workers ran."""

    kill: Kill
    seconds: float
    commits_ms: list[float]


def main() -> int:
    """0 if everything is as the recount says."""
    options = arguments()
    gc.disable()  # millions of tuples and no cycle: to look for one takes longer than all the rest
    began = perf_counter()
    folder = HERE / "sample" if options.sample else load.package_folder()
    home = new_home(options.keep)
    os.environ["STREAMZ_HOME"] = str(home)
    os.environ.update(SLOWLY if options.sample else {})
    say(f"a new directory: {home}")
    total = fill(folder)
    run = job(home, total)
    say("comparing with the recount")
    found = list(findings(recount(folder), STREAMZ))
    table(found)
    asked = query(home)
    figures(run, total, perf_counter() - began)
    different = [text for finding in found for text in finding.different[:SHOWN]]
    for text in different:
        say(f"different: {text}")
    if different or not asked:
        say("FAILED")
        return 1
    say("OK")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="The flights job, checked.")
    parser.add_argument("--sample", action="store_true", help="two thousand flights, not the year")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="a new directory to leave behind")
    return parser.parse_args()


def new_home(wanted: Path | None) -> Path:
    """An empty directory. By default the app's own, if nothing but an earlier demo is in it."""
    home = wanted.resolve() if wanted else HERE / ".streamz"
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, exist_ok=True)
    elif wanted:
        raise SystemExit(f"demo: {home} is not empty; --keep wants a new directory")
    elif of_an_ended_demo(home):
        shutil.rmtree(home)
        home.mkdir()
    else:
        home = Path(tempfile.mkdtemp(prefix="streamz-flights-"))
    (home / OWN).write_text(str(os.getpid()))
    return home


def of_an_ended_demo(home: Path) -> bool:
    """Whether the directory may go: a demo made it, and is not at it any more."""
    with suppress(OSError, ValueError):
        os.kill(int((home / OWN).read_text()), 0)
        return False
    return (home / OWN).exists()


def fill(folder: Path) -> int:
    """Load every topic; the number of flights."""
    counts = {}

    def told(topic: str, count: int, seconds: float) -> None:
        counts[topic] = count
        say(f"loaded {count:>9,} {topic:<9} {seconds:5.1f} s")

    load.load(folder, told)
    return counts["flights"]


# ---- the run


def job(home: Path, total: int) -> Run:
    """Workers until everything is consumed, one of them killed on the way; then they drain."""
    with workers(home) as supervisor:
        watch = Watch()
        began = 0.0
        kill = None
        told = 0
        probe = Probe(watch.broker)
        while not watch.finished():
            done = watch.consumed("flights")
            if done and not began:
                began = perf_counter()
            if kill is None and done >= KILL_AT * total:
                kill = shoot(watch, total)
            elif done * 10 // total > told:
                told = done * 10 // total
                rate = done / (perf_counter() - began)
                say(f"{10 * told:>3} %  {done:>9,} flights  {rate:>9,.0f} a second")
            patience(supervisor, home, began)
            probe.commit()
            sleep(LOOK_S)
            watch.look()
        seconds = perf_counter() - began
        assert kill is not None, "there was something to consume"
        say("everything is consumed; the workers drain")
    return Run(kill, seconds, probe.took_ms)


@contextmanager
def workers(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`streamz run`, as one would type it; at the end SIGTERM, and it must end well."""
    command = [*STREAMZ, "run", app_file(), "--workers", str(WORKERS)]
    with (home / "workers.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(STUCK_S)
    if code != 0:
        raise SystemExit(f"demo: streamz run ended with {code}\n{tail(home)}")


def shoot(watch: Watch, total: int) -> Kill:
    """SIGKILL for an owner of a flights task; who took over, and how long nobody had committed."""
    owners = watch.owners()
    pid = owners[watch.reading("flights")[0]]
    tasks = [task for task, owner in owners.items() if owner == pid]
    share = watch.consumed("flights") / total
    if share > KILL_TO:
        raise SystemExit(f"demo: {share:.0%} were consumed before a worker could be killed")
    say(f"killing worker {pid} at {share:.0%}; it owns {', '.join(sorted(tasks))}")
    os.kill(pid, signal.SIGKILL)
    shot = perf_counter()
    taken: dict[str, int] = {}
    failover_ms = 0.0
    left = {task: watch.offsets(task) for task in tasks}
    while len(taken) < len(tasks) or not failover_ms:
        watch.look()
        for task, owner in watch.owners().items():
            if task not in left or owner == pid:
                continue
            taken.setdefault(task, owner)
            if not failover_ms and watch.offsets(task) != left[task]:
                failover_ms = (perf_counter() - shot) * 1000
        left.update({task: watch.offsets(task) for task in tasks if task not in taken})
        if perf_counter() - shot > STUCK_S:
            raise SystemExit(f"demo: nobody took over from worker {pid} in {STUCK_S:.0f} s")
        sleep(LOOK_S)
    for task, owner in sorted(taken.items()):
        say(f"       {task} went to worker {owner}")
    say(f"       the first of them committed {failover_ms:.0f} ms after the kill")
    return Kill(pid, share, taken, failover_ms)


def patience(supervisor: subprocess.Popen[bytes], home: Path, began: float) -> None:
    """SystemExit if the workers are gone, or take for ever."""
    if supervisor.poll() is not None:
        raise SystemExit(f"demo: streamz run ended with {supervisor.returncode}\n{tail(home)}")
    if began and perf_counter() - began > 10 * STUCK_S:
        raise SystemExit(f"demo: not finished after {10 * STUCK_S:.0f} s\n{tail(home)}")


def tail(home: Path) -> str:
    """The last words of the workers."""
    lines = (home / "workers.log").read_text(errors="replace").splitlines()
    return "\n".join(lines[-20:])


# ---- afterwards


def query(home: Path) -> bool:
    """Ask a store of what is left, by the line that is printed; whether there was an answer."""
    installed = Path(sys.executable).with_name("streamz")
    start = [shown(installed)] if installed.exists() else STREAMZ
    window = ["--window-from", "2013-02-08T18:00Z", "--window-to", "2013-02-08T22:00Z"]
    line = [*start, "query", shown(Path(app_file())), "hourly", "--key", "JFK", *window]
    line += [] if home == HERE / ".streamz" else ["--home", str(home)]
    say("the hours in which the storm came, from what is left:")
    print(f"\n$ {shlex.join(line)}")
    environ = {name: value for name, value in os.environ.items() if name != "STREAMZ_HOME"}
    answer = subprocess.run(  # noqa: S603 - our own
        line, capture_output=True, text=True, check=False, env=environ
    )
    print(answer.stdout.strip() or answer.stderr.strip())
    return answer.returncode == 0 and bool(answer.stdout.strip())


def shown(path: Path) -> str:
    """As one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def table(found: list[Finding]) -> None:
    """What was compared, and how it ended."""
    print(f"\n{'topic or store':<28}{'records':>9}  {'compared':<22}result")
    for one in found:
        result = f"{len(one.different)} DIFFERENT" if one.different else "the same"
        print(f"{one.what:<28}{one.count:>9,}  {one.how:<22}{result}")


def figures(run: Run, total: int, seconds: float) -> None:
    """What was measured."""
    took, took_ms = run.seconds, sorted(run.commits_ms)
    rows = {
        "flights a second": f"{total / took:,.0f} ({took:.1f} s, the kill and the takeover included)",
        "killed": f"worker {run.kill.pid} at {run.kill.share:.0%} of the flights",
        "taken over": f"{len(run.kill.taken)} tasks: {', '.join(sorted(run.kill.taken))}",
        "failover": f"{run.kill.failover_ms:.0f} ms from the kill to the first commit",
        "commit": f"p50 {median(took_ms):.1f} ms, p99 {took_ms[len(took_ms) * 99 // 100]:.1f} ms "
        f"({len(took_ms)} of one record each, meanwhile)",
        "seconds after set-up": f"{seconds:.1f}",
    }
    print()
    for name, text in rows.items():
        print(f"{name:<22}{text}")
    print()


def say(text: str) -> None:
    print(f"demo: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

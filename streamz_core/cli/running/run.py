"""`streamz run APP`: says what will run where, then keeps the worker processes alive."""

from __future__ import annotations

import argparse
import sys

from streamz_core.app import machine
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.main import JANITOR, WORKER
from streamz_core.cli.places import add_app, add_settings, home_of, overrides
from streamz_core.cli.running.banner import banner
from streamz_core.cli.running.lease import Lease
from streamz_core.cli.running.worker import add_worker_options
from streamz_core.cli.signals import INTERRUPTED, Stop
from streamz_core.cli.talk import configure_logging
from streamz_core.cli.words import number
from streamz_core.errors import Misuse
from streamz_core.runtime.supervisor import Supervisor

WORKERS_MAX = 256
ENDING = "finishing and committing what was begun; another Ctrl-C ends it at once, and is safe too"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What `run` takes."""
    add_app(parser)
    parser.add_argument(
        "--workers", type=number, default=1, metavar="N", help="processes (default 1)"
    )
    add_settings(parser)
    add_worker_options(parser)


def execute(given: argparse.Namespace) -> int:
    """Run until the workers end, or a signal ends them."""
    if not 1 <= given.workers <= WORKERS_MAX:
        raise Misuse(f"--workers {given.workers}; 1 to {WORKERS_MAX} are possible")
    env = machine()
    app = load_app(given.app)
    job = app.job(overrides(given.set), env)
    job.programs.check()
    home = home_of(given.home, app, env)
    configure_logging(quiet=given.quiet)
    with usable(env, home):
        text = banner(job, env, home, given.workers)
        lease = Lease(env, home)
    try:
        argv, janitor = _command(given, home, lease.path), _janitor(given, home, lease.path)
        supervisor = Supervisor(env, argv, given.workers, janitor)

        def at_once() -> None:
            supervisor.kill()
            env.exit(INTERRUPTED)

        stop = Stop(at_once, ENDING)
        if not given.quiet:  # signals are taken before anybody sees that this runs
            print(text, file=sys.stderr, flush=True)
        code = supervisor.run(stop)
    finally:
        lease.end()
    return INTERRUPTED if code == 0 and stop.interrupted else code


def _command(given: argparse.Namespace, home: str, lease: str) -> list[str]:
    """How a worker is started: by this Python, with what `run` was told."""
    command = [sys.executable, "-m", "streamz_core.cli", WORKER, given.app]
    command += ["--home", home, "--lease", lease, "--http", given.http]
    command += [word for pair in given.set for word in ("--set", pair)]
    command += ["--until", given.until] if given.until else []
    command += ["--quiet"] if given.quiet else []
    return command


def _janitor(given: argparse.Namespace, home: str, lease: str) -> list[str]:
    """How the janitor is started: it needs no app."""
    command = [sys.executable, "-m", "streamz_core.cli", JANITOR, "--home", home, "--lease", lease]
    command += [word for pair in given.set for word in ("--set", pair)]
    return [*command, "--quiet"] if given.quiet else command

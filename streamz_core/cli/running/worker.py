"""`streamz worker APP`: one process of `streamz run`, which starts it."""

from __future__ import annotations

import argparse
import logging

from streamz_core.app import machine
from streamz_core.broker.homes import usable
from streamz_core.cli.loading import load_app
from streamz_core.cli.places import add_settings, home_of, overrides
from streamz_core.cli.running.lease import Leash
from streamz_core.cli.signals import INTERRUPTED, Stop
from streamz_core.cli.talk import configure_logging, say
from streamz_core.compiler.program import GENERATED
from streamz_core.env.standard import allow_files
from streamz_core.errors import LeftBehind
from streamz_core.query.serving import serving

AGAIN = 75  # as sysexits(3) says: nothing is wrong with the app, and the next start may succeed


def add_worker_options(parser: argparse.ArgumentParser) -> None:
    """What `run` takes and hands on to its workers."""
    parser.add_argument(
        "--until", choices=["end"], help="end: stop when everything on the log is processed"
    )
    parser.add_argument(
        "--http",
        choices=["local", "no"],
        default="local",
        help="whether workers answer queries, on a port of 127.0.0.1 each (default local)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="warnings and errors only")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What a worker takes."""
    parser.add_argument("app")
    parser.add_argument("--lease", help="ends with the holder of the lock on this file")
    add_settings(parser)
    add_worker_options(parser)


def execute(given: argparse.Namespace) -> int:
    """Work until told to stop, then commit and hand over. AGAIN if the log went on without this process, which stood
    still for so long that what it would have to read is gone."""
    env = machine()
    stop = Stop(lambda: env.exit(INTERRUPTED))
    logging.getLogger("streamz.config").disabled = given.lease is not None  # `run` said it
    app = load_app(given.app)
    job = app.job(overrides(given.set), env)
    home = home_of(given.home, app, env)
    configure_logging(quiet=given.quiet)
    allow_files()
    leash = Leash(env, given.lease) if given.lease else None
    try:
        with usable(env, home), serving(job, env, home, http=given.http == "local") as worker:
            worker.run(
                lambda: (
                    stop()
                    or (leash is not None and leash.over())
                    or (given.until == "end" and worker.finished)
                )
            )
    except LeftBehind as error:
        say(str(error))
        return AGAIN
    except SystemExit as error:
        if not _of_a_step(error):
            raise
        # It would come again with each start, and an exit with 0 would pass for the end of the work.
        told = RuntimeError(f"a step of app {app.name} ends the program: sys.exit({error.code!r})")
        told.add_note(
            "nothing of the record was committed, everything before it was; let the step raise an error, which names "
            "the record and is for processing.exception.handler, or leave the record out"
        )
        raise told.with_traceback(error.__traceback__) from None
    return 0


def _of_a_step(error: BaseException) -> bool:
    """Whether it came out of what a record is run through."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(GENERATED):
            return True
        trace = trace.tb_next
    return False

"""What the processes of `chaos kill` are: workers of the app, and a janitor, with limits so small that all it does is
done every second.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
from contextlib import closing
from functools import partial

from streamz_core.app import machine
from streamz_core.broker import embedded
from streamz_core.cli.running.worker import AGAIN
from streamz_core.config import Config
from streamz_core.errors import LeftBehind, StreamzError
from streamz_core.log.limits import KIB, Limits
from streamz_core.log.upkeep import retaining
from streamz_core.runtime.beside import janitor
from streamz_core.runtime.worker import Worker
from tests.chaos.kill.app import make_app
from tests.chaos.kill.watching import archive
from tests.chaos.soak import app as soaked

SMALL = partial(
    Limits,
    inline_bytes=512,
    data_file_bytes=64 * KIB,
    chain_segment_bytes=8 * KIB,
    checkpoint_bytes=16 * KIB,
    checkpoint_s=1.0,
    past_bytes=16 * KIB,
    seal_s=0.3,
    seal_least_bytes=1,
    merge_files=3,
    sync_interval_s=0.2,
)
TURN_S = 0.1
PURGE_S = 0.5


def play(role: str, home: str) -> int:
    """One process, until it is ended; its exit code."""
    faulthandler.register(signal.SIGUSR1)  # for one that does not get on
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    make_small()
    try:
        ROLES[role](home, lambda: bool(stopped))
    except LeftBehind as error:
        print(f"{role}: {error}", file=sys.stderr, flush=True)
        return AGAIN
    except StreamzError as error:
        print(f"{role}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


def make_small() -> None:
    """Every log that this process opens has small limits from now on."""
    embedded.Limits = SMALL  # type: ignore[misc, assignment]
    janitor.TURN_S, retaining.PURGE_S = TURN_S, PURGE_S


def work(home, stop) -> None:
    Worker(make_app(home).job(), machine(), home).run(stop)


def soak(home, stop) -> None:
    Worker(soaked.make_app(home).job(), machine(), home).run(stop)


def look_after(home, stop) -> None:
    env = machine()
    with closing(embedded.open_backend(env, home, Config(), create=False)) as backend:
        janitor.tend(env, backend, stop)


def keep_and_look_after(home, stop) -> None:
    archive(home)
    look_after(home, stop)


ROLES = {"worker": work, "janitor": keep_and_look_after, "soaker": soak, "caretaker": look_after}

"""The entry point: finds the subcommand, runs it, says in one sentence what went wrong."""

from __future__ import annotations

import argparse
import errno
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Any, Protocol, cast

from attrs import frozen

from streamz_core.cli.signals import INTERRUPTED, INTERRUPTS
from streamz_core.cli.streams import Unwritable, give_up, settle
from streamz_core.cli.talk import say
from streamz_core.cli.words import check_text
from streamz_core.env.standard import allow_files
from streamz_core.errors import StreamzError


@frozen
class Command:
    """A subcommand: `module` is its file below `cli`. A hidden one is named in no help."""

    name: str
    module: str
    help: str
    hidden: bool = False


WORKER = "worker"  # what `run` starts; nobody types it
JANITOR = "janitor"  # `run` starts this as well
COMMANDS = (
    Command("run", "running.run", "run an app: a supervisor and its worker processes"),
    Command(WORKER, "running.worker", "one process of `streamz run`, which starts it", hidden=True),
    Command(JANITOR, "running.janitor", "what `streamz run` has beside workers", hidden=True),
    Command("query", "query", "ask the stores of an app, running or stopped"),
    Command(
        "topics",
        "topics.verbs",
        "list, create and describe topics; write to them and read them",
    ),
    Command("groups", "groups.verbs", "who reads what, how far behind; move and forget groups"),
    Command("log", "log.verbs", "the files of a log: look at them, check every byte"),
    Command("backup", "log.backup", "a copy of a log that goes on living, and back"),
    Command("reset", "reset", "let an app begin anew: offsets, internal topics, state"),
    Command("topology", "topology", "show what an app computes, as text"),
    Command(
        "completion", "shells.completion", "what completes command lines in bash, zsh and fish"
    ),
)
_LIBRARY = traceback.__file__.rpartition("/")[0]  # of Python, and what is installed in it
PIPE_CLOSED = 141  # as shells say of a program that SIGPIPE ended


class Module(Protocol):
    """What the file of a subcommand has."""

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def execute(self, given: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code.

    0: done. 1: something failed, or was not found. 2: the command line, the app or the settings are
    wrong. 70: the disk failed. 130: interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    settle()
    INTERRUPTS.listen()
    try:
        return _execute(arguments)
    except Unwritable as error:
        say(str(error))
        give_up()
        return error.exit_code
    except StreamzError as error:
        say(str(error), *getattr(error, "__notes__", ()))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        give_up()  # nobody reads any more (`| head`): end without another try
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - it is the user's: his to read, with all its lines
        return _unexpected(error)


def _execute(arguments: list[str]) -> int:
    check_text(arguments)
    try:
        given = _parsed(arguments)
        INTERRUPTS.check()
        code: int = given.execute(given)
        INTERRUPTS.check()
    except SystemExit as ended:  # of argparse, or of an app's module
        code = _code(ended)
    sys.stdout.flush()
    return code


def _parsed(arguments: list[str]) -> argparse.Namespace:
    chosen = next((word for word in arguments if not word.startswith("-")), "")
    return parser_of(chosen).parse_args(arguments)


def parser_of(chosen: str) -> argparse.ArgumentParser:
    """Takes command lines of this command; of the others it knows the names alone."""
    parser = argparse.ArgumentParser(
        prog="streamz",
        allow_abbrev=False,
        description="Kafka Streams for Python, on a log of its own.",
        epilog="streamz COMMAND --help tells more.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        if command.name == chosen or not command.hidden:
            _add(commands, command, chosen=command.name == chosen)
    return parser


def _code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    say(str(ended.code))
    return 1


def _add(commands: Any, command: Command, *, chosen: bool) -> None:
    """Its file is loaded if it is the one that was chosen: `streamz --help` does not wait for all."""
    shown = {} if command.hidden else {"help": command.help}
    text = f"{command.help[0].upper()}{command.help[1:]}."
    parser = commands.add_parser(command.name, description=text, allow_abbrev=False, **shown)
    if chosen:
        module = cast("Module", import_module(f"streamz_core.cli.{command.module}"))
        module.arguments(parser)
        parser.set_defaults(execute=module.execute)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that takes as long as all the rest."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"streamz-core {version('streamz-core')}")
        except PackageNotFoundError:
            print("streamz-core, not installed")
        parser.exit()


def _unexpected(error: Exception) -> int:
    """What the system refused is a sentence; what the user's own code raised, its traceback."""
    theirs = _from_the_user(error.__traceback__)
    if isinstance(error, OSError) and theirs is None:
        say(_refusal(error), *getattr(error, "__notes__", ()))
        return 1
    # Text that is no Python has its line in the error, and no frame of its own.
    ours = None if isinstance(error, SyntaxError) else error.__traceback__
    error.__traceback__ = theirs or ours
    with suppress(OSError):  # nobody reads that either
        traceback.print_exception(error)
    return 1


def _refusal(error: OSError) -> str:
    what = f"{error.filename}: " if error.filename else ""
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        return (
            f"{what}{error.strerror}: this process may have {allow_files()} open. Raise that (ulimit -n), "
            "or spread the tasks over more workers (streamz run --workers)"
        )
    return f"{what}{error.strerror or error}"


def _from_the_user(trace: TracebackType | None) -> TracebackType | None:
    """Without the frames above the first that is the user's: how we came there helps nobody.

    None if there is no such frame.
    """
    ours = __file__.rpartition("/cli/")[0]
    at = trace
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if not file.startswith((ours, "<frozen ", _LIBRARY)):
            return at
        at = at.tb_next
    return None

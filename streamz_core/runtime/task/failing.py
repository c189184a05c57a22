"""When a record fails: which one, where, and what is to become of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType

from attrs import field, frozen

from streamz_core.compiler.program import Program
from streamz_core.config import Config
from streamz_core.errors import CodecError, Misuse, StreamzError
from streamz_core.metrics import Metrics
from streamz_core.runtime.task.queue import Queue
from streamz_core.topology.nodes import AnyCodec
from streamz_state import StateError

logger = logging.getLogger("streamz.task")

KEY_SHOWN = 200
TOLD_MAX = 1000
DECODING = frozenset({"decode", "decode_all"})  # as methods of codecs are called
STATE_UNREAD = (
    "nothing of this record was committed, everything before it was; it is no fault of the record, but of what "
    "a store keeps: mend the class or its @upgrades and start again, or let the app begin anew (streamz reset APP)"
)
SEVERAL = "the step takes any number of results: `yield` each, or return a list of them (or [])"


@frozen
class Handler:
    """Decides for the records of one task, as its settings say.

    `writers`: the steps that write to each topic (Plan.writers).
    """

    task: str
    program: Program
    writers: Mapping[str, Sequence[str]]
    config: Config
    metrics: Metrics
    _told: set[str] = field(factory=set, init=False)

    def decide(self, error: Exception, queue: Queue, row: int) -> None:
        """Skip the record in that row, or raise the error with its place."""
        place = f"{queue.topic}[{queue.partition}]@{queue.columns.offsets[row]}"
        key = readable(queue.columns.keys[row], self.program.key_of(queue.topic))
        self._decide(error, "record", f"{place} key={key}", self._step(error), queue.topic)

    def decide_timer(self, error: Exception, timer: str, now: int) -> None:
        """Skip this call of a timer, or raise the error with its place."""
        self._decide(error, "call", f"{timer} time={now}", self._step(error) or timer, timer)

    def decide_expiry(self, error: Exception, store: str, now: int) -> None:
        """Let a row go of which the steps behind cannot hear, or raise the error with its place."""
        self._decide(error, "row", f"{store} time={now}", self._step(error) or store, store)

    def _decide(self, error: Exception, what: str, place: str, node: str, source: str) -> None:
        if not of_a_record(error):
            raise error
        setting, handler = handler_for(error, self.config)
        note = place_note(place, node, self.task)
        if handler == "continue":
            self.metrics.drop("error", node or source)
            self._tell("skipped a %s: %s: %s %s", what, type(error).__name__, error, note)
            return
        error.add_note(note)
        shape = misshapen(error, self.program.filename)
        if shape:
            error.add_note(shape)
        error.add_note(STATE_UNREAD if of_state(error) else way_out(setting, what))
        raise error

    def _tell(self, form: str, *words: object) -> None:
        """Say it once: what was undone is run again, and skips the same again."""
        told = form % words
        if told not in self._told:
            if len(self._told) == TOLD_MAX:
                self._told.clear()
            self._told.add(told)
            logger.warning(form, *words)

    def _step(self, error: Exception) -> str:
        return node_of(error, self.program.filename, self.program.node_at) or self._writer(error)

    def _writer(self, error: Exception) -> str:
        """The step whose result it is that cannot be written; several if only they all are known."""
        if not isinstance(error, StreamzError) or not error.topic:
            return ""
        return "|".join(self.writers.get(error.topic) or self.writers.get("", ()))


def node_of(error: BaseException, filename: str, node_at: Callable[[int], str]) -> str:
    """The step in whose lines the error passed the generated function; "" if it did not."""
    found = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = node_at(trace.tb_lineno) or found
        trace = trace.tb_next
    return found


def misshapen(error: BaseException, filename: str) -> str:
    """What a step's function should have returned, if the generated function could not take it apart."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_filename != filename:
        return ""
    return SEVERAL if "is not iterable" in str(error) else ""


def of_a_record(error: BaseException) -> bool:
    """Whether a record can be at fault, or the step that took it; not the disk, the log, the state."""
    if isinstance(error, StreamzError):
        return isinstance(error, CodecError | Misuse)
    return not isinstance(error, StateError)


def unreadable(error: BaseException) -> bool:
    """Whether the record cannot be read: no step has seen it, and it moves no time."""
    return isinstance(error, CodecError) and bool(error.side)


def of_state(error: BaseException) -> bool:
    """Whether it is a row of a store that cannot be decoded: each record that meets it fails."""
    if not isinstance(error, CodecError) or error.side:
        return False
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name in DECODING:
            return True
        trace = trace.tb_next
    return False


def handler_for(error: BaseException, config: Config) -> tuple[str, str]:
    """(name of the setting that decides, its value). Bytes that cannot be read are no fault of a step."""
    if unreadable(error):
        name = "deserialization_exception_handler"
    else:
        name = "processing_exception_handler"
    return name.replace("_", "."), getattr(config, name)


def place_note(place: str, node: str, task: str) -> str:
    """Where it happened, for the exception's notes (PEP 678)."""
    step = f" node={node}" if node else ""
    return f"at {place}{step} task={task}"


def among_note(moves: Sequence[tuple[str, int, int, int]], task: str) -> str:
    """Among which records it happened, where a function had several of them at once; `moves`: (topic, partition,
    from, behind the last)."""
    places = " and ".join(
        f"{topic}[{at}]@{first}" + (f" to {behind - 1}" if behind - first > 1 else "")
        for topic, at, first, behind in moves
    )
    return f"at {places or 'no record'} task={task}: nothing of these records was committed, everything before them was"


def way_out(setting: str, what: str) -> str:
    """What to do, for the exception's notes. `what`: a record, a call of a timer, or a row that is over."""
    writer = " or the record's writer" if what == "record" else ""
    return (
        f"nothing of this {what} was committed, everything before it was; mend the step{writer} and start again, "
        f"or set {setting}=continue to skip such {what}s"
    )


def readable(key: bytes | None, codec: AnyCodec | None = None) -> str:
    """A key, as messages show it: as its codec reads it, where there is one that can."""
    if key is None:
        return "null"
    if codec is not None and codec.typed:
        with suppress(CodecError):
            return repr(codec.decode(key))[:KEY_SHOWN]
    try:
        return repr(key.decode())
    except UnicodeDecodeError:
        return repr(key)

"""Records on their way to the log: any thread puts them in, one thread commits them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from attrs import define, frozen

from streamz_core.broker.backend import Backend, Packed, TaskCommit
from streamz_core.broker.sending.handle import Handle
from streamz_core.broker.sending.line import Line
from streamz_core.broker.sending.pile import TIME, Pile, counts
from streamz_core.broker.sending.routes import Route, Shut
from streamz_core.env.door import Env, Ticket
from streamz_core.env.processes.forks import guard
from streamz_core.errors import (
    Fenced,
    Misuse,
    NotReady,
    Retriable,
    StorageFull,
    StreamzError,
    TimedOut,
    TooLarge,
)

RETRY_S = 1.0  # how often a full disk is tried again
UPKEEP_S = 1.0  # how often the log is looked after when nothing is sent any more
UPKEEP_TURNS = 3  # one begins to sync what was committed last, one hears of the end, one is spare
CLOSED = "this producer was closed; make another one"
BUSY = 1 << 62  # heavier than everything that ever waits
T = TypeVar("T")


@frozen(kw_only=True)
class Pace:
    """When what waits is written: after `linger_s`, or as soon as it weighs `batch_bytes`; where it
    weighs `buffer_bytes` senders wait, for `max_block_s` at most."""

    linger_s: float
    batch_bytes: int
    buffer_bytes: int
    max_block_s: float


@frozen
class Parts:
    """What is written in one commit: records, and what the group consumed."""

    piles: Sequence[Pile]
    group: str
    tasks: Sequence[TaskCommit]
    sequence: int | None


class _Piece(NamedTuple):
    """Records of a pile as they are written; `timestamps` are theirs."""

    pile: Pile
    packed: Packed
    timestamps: Sequence[int]


@define
class _Progress:
    """`committed`: records since the last flush. `upkeep`: its turns that are left. `topic_changes`: as many as
    the routes know of. `telling`: the thread that calls those who wait for what became of their records, -1
    if none does. `forgotten`: nobody has the producer any more, and its thread may not have come to close it."""

    committed: int = 0
    topic_changes: int = -1
    telling: int = -1
    upkeep: int = 0
    retrying: bool = False
    forgotten: bool = False
    closed: bool = False


class Outbox:
    """What waits to be committed, and the thread that commits it.

    `weight` is what waits, in bytes, `mark` where a sender has to `ask`. Both are changed without a lock:
    as CPython runs it, `+=` on an attribute is one step for all threads.
    """

    def __init__(self, env: Env, handle: Handle, pace: Pace) -> None:
        self.routes: dict[str, Route] = {}
        self.weight = 0
        self.mark = 0
        self.full = pace.buffer_bytes
        self.pace = pace
        self._executor = env.executor("streamz-producer", self._last)
        self._handle = handle
        self._env = env
        self.line: Line | None = None  # of a producer with an id
        self._held: dict[tuple[str, int], list[Pile]] = {}  # taken from the routes, not all written
        self._progress = _Progress()
        self._shut: StreamzError | None = None  # why nothing can be sent any more
        guard(self)

    # ---- for senders, in any thread

    def check(self) -> None:
        """Misuse once it is closed."""
        if self._progress.closed:
            raise Misuse(CLOSED)

    def route(self, topic: str, find: Callable[[Backend], Route]) -> Route:
        """The way to a topic, by `find` if it is asked for the first time."""
        call = partial(self._route, topic, find)
        return call() if self._telling else self._executor.submit(call).wait()

    def claim(self, producer: str) -> None:
        """From now on this is the producer of that id, and no other one. What keeps it from that is raised, and it
        is closed."""
        try:
            stamp = self._executor.submit(lambda: self._handle.get().claim(producer)).wait()
        except BaseException:
            with suppress(StreamzError):  # the thread that opened the log lets go of it
                self.close()
            raise
        self.line = Line(stamp)

    def together(self, parts: Parts) -> bool:
        """Write these in one commit, behind what was sent before; false if they were written before. StorageFull,
        TooLarge, Fenced: nothing was done."""
        return self._do(partial(self._together, parts), None, "")

    def look(self) -> None:
        """Have the routes follow what became of their topics."""
        if self._telling:
            self._look()
        else:
            self._executor.submit(self._look).wait()

    def ask(self) -> None:
        """Have what waits written in time: to be called when the weight has reached the mark."""
        heavy = self.weight >= self.pace.batch_bytes
        self.mark = BUSY if heavy else self.pace.batch_bytes
        try:
            self._executor.submit(self._write, 0.0 if heavy else self.pace.linger_s)
        except BaseException:
            self.mark = 0  # nobody comes: the next sender asks again
            raise

    def wait_for_room(self) -> None:
        """Return when senders may go on; StorageFull if nothing can be written now, TimedOut after `max_block_s`."""
        clock = self._env.monotonic
        until_s = clock() + self.pace.max_block_s
        while self.weight >= self.full and not self._telling:
            why = (
                f"{self.weight} bytes wait to be written (buffer.bytes {self.full}), and did for "
                f"{self.pace.max_block_s:g} s (max_block_ms): the record was not taken"
            )
            _within(self._executor.submit(self._write), max(until_s - clock(), 0), why)

    def hurry(self, timeout_s: float | None) -> None:
        """Write what waits, without lingering; wait for it, `timeout_s` at most, unless that is 0. TimedOut."""
        if timeout_s == 0:
            self._executor.submit(self._write)
        else:
            self._do(self._write, timeout_s, "the record is not written yet; that goes on")

    def flush(self, timeout_s: float | None = None) -> int:
        """Write what was sent before; how many records were committed since the last flush. TimedOut."""
        return self._do(self._flush, timeout_s, "not all is written yet; that goes on")

    def discard(self) -> dict[str, int]:
        """Forget what is not committed; how many records that were, by topic."""
        return self._do(self._discard, None, "")

    def close(self, timeout_s: float | None = None) -> None:
        """Write what waits and let go of the log. What cannot be written is discarded, with an error. TimedOut."""
        self._do(
            self._finish, timeout_s, "not all is written yet; that goes on, and then it is closed"
        )

    def forget(self) -> None:
        """Nobody sends any more, and nobody closed this: as `close`, without waiting for it. It takes no
        lock: a finalizer calls it wherever it comes."""
        if not self._progress.closed:
            waiting = self._waiting()
            self._progress.forgotten = True
            self._executor.submit(self._finish)
            _warn(waiting, "forgotten")

    def abandon(self) -> None:
        """The thread that writes did not come along into a forked child."""

    @property
    def _telling(self) -> bool:
        """Whether this is called by one who is told what became of a record: the others wait for him."""
        return self._progress.telling == self._env.thread()

    def _do(self, call: Callable[[], T], timeout_s: float | None, why: str) -> T:
        if self._telling:
            raise Misuse(
                "who is told what became of a record (on_delivery, then) is called by the thread that writes, and "
                "cannot wait for it: no flush(), close() or result() there; send() is fine"
            )
        return _within(self._executor.submit(call), timeout_s, why)

    def _waiting(self) -> dict[str, int]:
        """How many records nobody began to write, by topic."""
        found = [route.piles for route in list(self.routes.values())]
        piles = chain.from_iterable(each for each in found if not isinstance(each, Shut))
        return counts(piles) | ({} if self.line is None else self.line.counts())

    def _last(self) -> None:
        """The process ends."""
        if self._progress.closed:
            return
        waiting = self._waiting()
        self.close()
        if not self._progress.forgotten:  # a moment ago: then it has told what waited
            _warn(waiting, "still open at the end of the program")

    # ---- in the thread

    def _route(self, topic: str, find: Callable[[Backend], Route]) -> Route:
        self._usable()
        found = self.routes.get(topic)
        if found is None:
            found = find(self._handle.get())
            found.open(self.hurry)
            self.routes[topic] = found
        return found

    def _look(self) -> None:
        self._usable()
        backend = self._handle.get()
        backend.refresh()
        self._widen(backend)

    def _write(self) -> None:
        """Commit everything that was sent before. StorageFull: it is kept, and tried again."""
        self.mark = 0  # before anything is taken: what comes behind it is asked for anew
        self._take()
        if self._held:
            self._usable()
            self._commit()
        while self._next():
            self._usable()
            self._commit()

    def _next(self) -> bool:
        """Hold the next records of the line, as many as one commit takes; false if there are none."""
        if self.line is None:
            return False
        piles = self.line.take(self._handle.get().commit_bytes, self.hurry)
        self._hold(piles)
        return bool(piles)

    def _together(self, parts: Parts) -> bool:
        self._write()
        self._usable()
        line, backend = self.line, self._handle.get()
        number = 0 if line is None else line.next(parts.sequence)
        if number is None:
            return False
        self._next()  # what came meanwhile may have a lower sequence, and goes along
        stamp = None if line is None else line.up_to(number)
        piles = [*chain.from_iterable(self._held.values()), *parts.piles]
        cut = [piece for pile in piles for piece in _pieces(backend, pile)]
        try:
            done = backend.commit(parts.group, parts.tasks, [piece.packed for piece in cut], stamp)
        except (StorageFull, TooLarge, Fenced) as error:
            if line is not None:
                line.give_back(number)
            if stamp is not None and not backend.holds(stamp):
                self._fail(error)
            raise
        except BaseException as error:
            self._fail(error)
            raise
        if line is not None and stamp is not None:
            line.stamp = stamp
        self.weight += sum(pile.weight for pile in parts.piles)  # which did not wait here
        self._done(cut, done.bases)
        self._forget_done()
        self._look_after()
        return True

    def _flush(self) -> int:
        self._write()
        self._usable()
        told, self._progress.committed = self._progress.committed, 0
        return told

    def _discard(self) -> dict[str, int]:
        self._take()
        return self._give_up(Retriable("the record was discarded before it was written"))

    def _give_up(self, error: StreamzError) -> dict[str, int]:
        """Nothing waits any more; how many records did, by topic."""
        while self._next():
            pass
        piles = list(chain.from_iterable(self._held.values()))
        self._held.clear()
        dropped = counts(iter(piles))
        for pile in piles:
            self.weight -= pile.weight
            pile.fail(error)
        self._tell(piles)
        return dropped

    def _finish(self) -> None:
        if self._progress.closed:
            return
        self._progress.closed = True
        shut = self._shut or Misuse(CLOSED)
        self._end_routes(shut)
        try:
            self._write()
            self._usable()
        except StreamzError as error:
            if self._held:
                error.add_note(
                    f"the producer was closed; not written: {told(self._give_up(error))}"
                )
            raise
        finally:
            self._give_up(shut)  # of a sender that has not even put his record there
            self._shut = shut
            self._executor.close()
            self._handle.close(leave=self.line is not None)

    def _end_routes(self, shut: StreamzError) -> None:
        """From now on senders get `shut`; what they sent before is held."""
        for route in list(self.routes.values()):
            piles, route.piles = route.piles, Shut(shut)
            self._hold(pile for pile in piles if pile.total)
        if self.line is not None:
            self.line.shut(shut)

    def _take(self) -> None:
        for route in list(self.routes.values()):
            self._hold(route.take())

    def _hold(self, piles: Iterable[Pile]) -> None:
        for pile in piles:
            self._held.setdefault((pile.topic, pile.partition), []).append(pile)

    def _commit(self) -> None:
        backend = self._handle.get()
        try:
            for cut in self._cuts(backend):
                stamp = None if self.line is None else self.line.stamp
                done = backend.commit("", [], [piece.packed for piece in cut], stamp)
                self._done(cut, done.bases)
        except StorageFull:
            self._try_again()
            raise
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._forget_done()
        self._widen(backend)
        self._look_after()

    def _widen(self, backend: Backend) -> None:
        """Follow topics that have more partitions now, as far as was heard of it by writing."""
        if backend.topic_changes == self._progress.topic_changes:
            return
        self._progress.topic_changes = backend.topic_changes
        known = backend.topics()
        for name, route in self.routes.items():
            if name in known:
                route.widen(known[name].partitions)

    def _cuts(self, backend: Backend) -> Iterator[list[_Piece]]:
        """What is held, packed: as much at a time as fits into one commit."""
        cut: list[_Piece] = []
        room = backend.commit_bytes
        for pile in list(chain.from_iterable(self._held.values())):
            for piece in _pieces(backend, pile):
                size = len(piece.packed.data)
                if size > room:
                    yield cut
                    cut, room = [], backend.commit_bytes
                cut.append(piece)
                room -= size
        if cut:
            yield cut

    def _done(self, cut: Sequence[_Piece], bases: Sequence[int]) -> None:
        for piece, base in zip(cut, bases, strict=True):
            self.weight -= piece.pile.land(piece.packed.count, base, piece.timestamps)
            self._progress.committed += piece.packed.count
        self._tell([piece.pile for piece in cut])

    def _forget_done(self) -> None:
        """A pile stays as long as it has less than it weighs: then a sender is just about to put his record there."""
        left = {
            where: [pile for pile in piles if pile.weight] for where, piles in self._held.items()
        }
        self._held = {where: piles for where, piles in left.items() if piles}

    def _tell(self, piles: Iterable[Pile]) -> None:
        self._progress.telling = self._env.thread()
        try:
            for pile in piles:
                pile.tell()
        finally:
            self._progress.telling = -1

    def _usable(self) -> None:
        if self._shut is not None:
            raise self._shut

    def _fail(self, error: BaseException) -> None:
        """Nothing can be sent any more: what became of the records under way nobody knows."""
        shut = (
            error
            if isinstance(error, StreamzError)
            else NotReady(
                f"this producer was interrupted while it wrote ({error!r}); make another one"
            )
        )
        self._shut = shut
        self._end_routes(shut)
        shut.add_note(
            f"the producer sends nothing any more; not acknowledged: {told(self._give_up(shut))}. What was "
            "under way may be written all the same: look into the topics before you send it again"
        )

    def _try_again(self) -> None:
        if not self._progress.retrying:
            self._progress.retrying = True
            self._executor.submit(self._retry, RETRY_S)

    def _retry(self) -> None:
        self._progress.retrying = False
        self._write()

    def _look_after(self) -> None:
        """The log wants a turn a second, also when nothing is sent, until all is synced."""
        if not self._progress.upkeep:
            self._executor.submit(self._upkeep, UPKEEP_S)
        self._progress.upkeep = UPKEEP_TURNS

    def _upkeep(self) -> None:
        self._progress.upkeep -= 1
        if not self._progress.closed:
            self._handle.get().upkeep()
            if self._progress.upkeep:
                self._executor.submit(self._upkeep, UPKEEP_S)


def _within(ticket: Ticket[T], timeout_s: float | None, why: str) -> T:
    try:
        return ticket.wait(timeout_s)
    except TimeoutError as error:
        raise TimedOut(why) from error


def _pieces(backend: Backend, pile: Pile) -> Iterator[_Piece]:
    columns = pile.columns()
    timestamps, at = columns[TIME], 0
    for packed in backend.pack(pile.topic, pile.partition, *columns) if timestamps else ():
        stop = at + packed.count
        own = timestamps[at:stop] if packed.stamp is None else [packed.stamp] * packed.count
        yield _Piece(pile, packed, own)
        at = stop


def told(waiting: dict[str, int]) -> str:
    """Records by topic, as a message names them."""
    each = [
        f"{count} record{'' if count == 1 else 's'} for {topic}" for topic, count in waiting.items()
    ]
    return ", ".join(each) or "nothing"


def _warn(waiting: dict[str, int], how: str) -> None:
    if waiting:
        warnings.warn(
            f"a producer was {how}, with {told(waiting)} that nobody flushed: flush() or close() it, or "
            "use it in a with block",
            ResourceWarning,
            stacklevel=3,
        )

"""Records on their way to the log: any thread puts them in, one thread commits them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from attrs import define, frozen

from streamz_core.broker.backend import Backend, Packed
from streamz_core.broker.sending.handle import Handle
from streamz_core.broker.sending.routes import WEIGHT, WIDTH, Route, Rows, Shut
from streamz_core.env.door import Env
from streamz_core.env.processes.forks import guard
from streamz_core.errors import Misuse, NotReady, StorageFull, StreamzError

RETRY_S = 1.0  # how often a full disk is tried again
UPKEEP_S = 1.0  # how often the log is looked after when nothing is sent any more
UPKEEP_TURNS = 3  # one begins to sync what was committed last, one hears of the end, one is spare
BUSY = 1 << 62  # heavier than everything that ever waits


@frozen(kw_only=True)
class Pace:
    """When what waits is written: after `linger_s`, or as soon as it weighs `batch_bytes`; where it
    weighs `buffer_bytes` senders wait."""

    linger_s: float
    batch_bytes: int
    buffer_bytes: int


@define
class _Progress:
    """`committed`: records since the last flush. `upkeep`: its turns that are left. `topic_changes`: as many as
    the routes know of."""

    committed: int = 0
    topic_changes: int = -1
    upkeep: int = 0
    retrying: bool = False
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
        self._held: dict[tuple[str, int], Rows] = {}  # taken from the routes, not committed yet
        self._progress = _Progress()
        self._shut: StreamzError | None = None  # why nothing can be sent any more
        guard(self)

    # ---- for senders, in any thread

    def route(self, topic: str, find: Callable[[Backend], Route]) -> Route:
        """The way to a topic, by `find` if it is asked for the first time."""
        return self._executor.submit(partial(self._route, topic, find)).wait()

    def look(self) -> None:
        """Have the routes follow what became of their topics."""
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
        """Return when senders may go on; StorageFull if nothing can be written now."""
        while self.weight >= self.full:
            self._executor.submit(self._write).wait()

    def flush(self) -> int:
        """Write what was sent before; how many records were committed since the last flush."""
        return self._executor.submit(self._flush).wait()

    def discard(self) -> dict[str, int]:
        """Forget what is not committed; how many records that were, by topic."""
        return self._executor.submit(self._discard).wait()

    def close(self) -> None:
        """Write what waits and let go of the log. What cannot be written is discarded, with an error."""
        self._executor.submit(self._finish).wait()

    def forget(self) -> None:
        """Nobody sends any more, and nobody closed this: as `close`, without waiting for it. It takes no
        lock: a finalizer calls it wherever it comes."""
        if not self._progress.closed:
            waiting = self._waiting()
            self._executor.submit(self._finish)
            _warn(waiting, "forgotten")

    def abandon(self) -> None:
        """The thread that writes did not come along into a forked child."""

    def _waiting(self) -> dict[str, int]:
        """How many records nobody began to write, by topic."""
        held = [(route.topic, route.rows) for route in list(self.routes.values())]
        sizes = [
            (topic, 0 if isinstance(rows, Shut) else sum(map(len, rows))) for topic, rows in held
        ]
        return {topic: size // WIDTH for topic, size in sizes if size}

    def _last(self) -> None:
        """The process ends."""
        if self._progress.closed:
            return  # it was forgotten a moment ago, and has told what waited
        waiting = self._waiting()
        self.close()
        _warn(waiting, "still open at the end of the program")

    # ---- in the thread

    def _route(self, topic: str, find: Callable[[Backend], Route]) -> Route:
        self._usable()
        found = self.routes.get(topic)
        if found is None:
            found = self.routes[topic] = find(self._handle.get())
        return found

    def _look(self) -> None:
        self._usable()
        backend = self._handle.get()
        backend.refresh()
        self._widen(backend)

    def _write(self) -> None:
        """Commit everything that was sent before. StorageFull: it is kept, and tried again."""
        self.mark = 0  # before anything is taken: what comes behind it is asked for anew
        for route in list(self.routes.values()):
            self._take(route.topic, route.rows)
        if self._held:
            self._usable()
            self._commit()

    def _flush(self) -> int:
        self._write()
        self._usable()
        told, self._progress.committed = self._progress.committed, 0
        return told

    def _discard(self) -> dict[str, int]:
        """Nothing waits any more."""
        dropped: dict[str, int] = {}
        for route in list(self.routes.values()):
            self._take(route.topic, route.rows)
        for (topic, _), rows in self._held.items():
            dropped[topic] = dropped.get(topic, 0) + len(rows) // WIDTH
            self.weight -= sum(rows[WEIGHT::WIDTH])
        self._held.clear()
        return dropped

    def _finish(self) -> None:
        if self._progress.closed:
            return
        self._progress.closed = True
        shut = self._shut or Misuse("this producer was closed; make another one")
        self._end_routes(shut)
        try:
            self._write()
            self._usable()
        except StreamzError as error:
            if self._held:
                error.add_note(f"the producer was closed; not written: {told(self._discard())}")
            raise
        finally:
            self._shut = shut
            self._executor.close()
            self._handle.close()

    def _end_routes(self, shut: StreamzError) -> None:
        """From now on senders get `shut`; what they sent before is held."""
        for route in list(self.routes.values()):
            rows, route.rows = route.rows, Shut(shut)
            self._take(route.topic, rows)

    def _take(self, topic: str, lists: Sequence[Rows]) -> None:
        for partition in range(len(lists)):
            rows = lists[partition]
            if rows:
                taken = len(rows)
                self._held.setdefault((topic, partition), []).extend(rows[:taken])
                del rows[:taken]

    def _commit(self) -> None:
        backend = self._handle.get()
        try:
            for cut in self._cuts(backend):
                backend.commit("", [], cut)
                self._done(cut)
        except StorageFull:
            self._try_again()
            raise
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._held = {where: rows for where, rows in self._held.items() if rows}
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

    def _cuts(self, backend: Backend) -> Iterator[list[Packed]]:
        """What is held, packed: as much at a time as fits into one commit."""
        cut: list[Packed] = []
        room = backend.commit_bytes
        for where, rows in self._held.items():
            columns = [rows[at::WIDTH] for at in range(WEIGHT)]
            for packed in backend.pack(*where, *columns):
                if len(packed.data) > room:
                    yield cut
                    cut, room = [], backend.commit_bytes
                cut.append(packed)
                room -= len(packed.data)
        yield cut

    def _done(self, cut: Sequence[Packed]) -> None:
        for packed in cut:
            rows = self._held[packed.topic, packed.partition]
            end = packed.count * WIDTH
            self.weight -= sum(rows[WEIGHT:end:WIDTH])
            del rows[:end]
            self._progress.committed += packed.count

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
            f"the producer sends nothing any more; not acknowledged: {told(self._discard())}. What was "
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


def told(counts: dict[str, int]) -> str:
    """Records by topic, as a message names them."""
    each = [
        f"{count} record{'' if count == 1 else 's'} for {topic}" for topic, count in counts.items()
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

"""The seam: what runs and asks an app sees of a broker, and nothing else of it.

The embedded log is the first implementation (embedded.py). Topics and tasks go by name. A `Mark` is
opaque: it says up to where a broker's history is known, is kept with the state, and is handed back to be
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from streamz_core.broker.belonging.kinds import Membership, Seat
from streamz_core.codecs.schemas import Schema
from streamz_core.record import Batch, Headers

Column = Sequence[bytes | None]

Gap = tuple[int, int, str]
"""(from, to, cause): records that are no more."""


@frozen
class TopicInfo:
    """A topic there is. `config` holds what its creator gave (topic_config.py): cleanup.policy, retention.ms, ...;
    `owner`: the app whose internal topic it is, "" for all others."""

    name: str
    partitions: int
    config: Mapping[str, Any]
    owner: str = ""


@frozen
class PartitionSize:
    """What a partition takes on the disk: `sealed`, in so many `files` in a `directory` of its own; `unsealed`, where it
    was committed. In bytes."""

    directory: str
    files: int
    sealed: int
    unsealed: int

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.sealed + self.unsealed


@frozen(order=True)
class Mark:
    """A moment of a broker's history: later ones are larger. `proof` tells it from another history's."""

    number: int
    proof: bytes


@frozen
class Packed:
    """Records for one partition, as the broker writes them. `count`: how many. `stamp`: the timestamp that all of
    them have instead of their own, ms; None: each has its own."""

    topic: str
    partition: int
    count: int
    data: bytes
    stamp: int | None = None


@frozen
class Stamp:
    """A producer with an id, by whom a commit is; `sequence`: up to where what it sent is in it."""

    producer: str
    epoch: int
    sequence: int


Move = tuple[str, int, int, int]
"""(topic, partition, from, to): consumed; refused unless the committed offset is `from`."""


@frozen
class TaskCommit:
    """What a commit says of one task. `position`: changed entries only."""

    task: str
    epoch: int
    moves: Sequence[Move]
    position: Mapping[str, Any] | None = None


@frozen
class Committed:
    """A commit that everybody sees. `bases`: the offset each of its outputs begins at."""

    mark: Mark
    bases: Sequence[int]


@frozen
class Standing:
    """Where a task stands by its last commit: offsets that are consumed next, and its position.

    A partition that was never committed is missing: it is read from where `auto.offset.reset` says.
    """

    offsets: Mapping[tuple[str, int], int]
    position: Mapping[str, Any]


@frozen
class Damage:
    """Records of a partition, [start, stop), that cannot be read. `why` names file and position."""

    start: int
    stop: int
    why: str


@frozen
class Worker:
    """A member of an app's group; `info` is what it says of itself (pid, where it answers)."""

    id: bytes
    info: Mapping[str, Any]


class Backend(Protocol):
    """A broker, as one process holds it. Not for two threads at once; not for use after a fork."""

    # ---- following

    @property
    def identity(self) -> bytes:
        """Which broker this is: state that was kept for another one is of no use."""
        ...

    @property
    def durability(self) -> str:
        """How safe an acknowledged commit is: "power" or "process"."""
        ...

    @property
    def mark(self) -> Mark:
        """Up to where this process has followed."""
        ...

    def knows(self, mark: Mark) -> bool:
        """Whether that moment belongs to this broker's history."""
        ...

    def refresh(self) -> bool:
        """Follow what others did; true if there was something new."""
        ...

    def news(self) -> Collection[tuple[str, int]]:
        """The (topic, partition) of followed topics to which records came since this was asked last: by others as far
        as this process has followed, and by itself. For one asker; the first time it may lack some.
        """
        ...

    def wait(self, timeout_s: float) -> None:
        """Sleep until there may be something new; at most 100 ms."""
        ...

    def waker(self) -> Callable[[], object]:
        """What ends a `wait` of this process, called by any thread."""
        ...

    def listen(self, topics: Sequence[str]) -> None:
        """Be woken by commits to these topics; by none any more if there are none.

        For those who are in no group: a member of one is woken for the topics it named there.
        """
        ...

    def upkeep(self) -> None:
        """Do this process's share of what is done beside the work. To be called at least once a second."""
        ...

    def tend(self) -> bool:
        """One turn of what a broker needs beside all work: records are moved to where they can go by age, size or
        key, files that nobody needs are removed. True if something was done; nothing is while another process
        does it. Whoever calls it once calls it at least once a second, and watches all topics from then on.
        """
        ...

    @property
    def fit(self) -> bool:
        """Whether this handle can still be used. Misuse in another thread."""
        ...

    def check(self) -> None:
        """Misuse in another thread than that of this handle, and after `close`; NotReady after an interrupt."""
        ...

    def close(self) -> None:
        """Let go of everything; a second time it does nothing."""
        ...

    # ---- topics

    def topics(self) -> Mapping[str, TopicInfo]:
        """Every topic by name."""
        ...

    @property
    def topic_changes(self) -> int:
        """A number that differs whenever there may be a topic, or a partition of one, that there was not."""
        ...

    def topic(self, name: str) -> TopicInfo:
        """The topic; UnknownTopic names those there are."""
        ...

    def born(self, topic: str) -> int:
        """A number that no other topic of that name ever had; UnknownTopic."""
        ...

    def create_topic(
        self, name: str, partitions: int, config: Mapping[str, Any], owner: str = ""
    ) -> TopicInfo:
        """The topic of that name, made unless somebody just did; its partitions are not compared.

        `owner`: the app that wants it as an internal topic; Misuse if it is another app's, or nobody's.
        """
        ...

    def alter_topic(self, topic: str, partitions: int, config: Mapping[str, Any]) -> TopicInfo:
        """The topic with that config, all of it, and so many partitions; everybody follows. UnknownTopic; Misuse if
        it has more partitions."""
        ...

    def watch(self, topics: Sequence[str]) -> None:
        """These topics will be fetched."""
        ...

    def start(self, topic: str, partition: int) -> int:
        """The offset of the first record there is."""
        ...

    def passed(self, topic: str, partition: int, offset: int) -> int:
        """Where whoever stands at `offset` goes on: behind what is lost there."""
        ...

    def gaps(self, topic: str, partition: int) -> Sequence[Gap]:
        """What is lost behind the start of a partition, in order."""
        ...

    def size(self, topic: str, partition: int) -> PartitionSize:
        """What the partition takes. The topic is watched."""
        ...

    def horizon(self, topic: str, partition: int) -> int:
        """Whoever knows the partition up to an offset before this may have missed deletes, and will not hear of
        them: of a compacted topic they go in the end."""
        ...

    def end(self, topic: str, partition: int, *, durable: bool = False) -> int:
        """The offset the next record will get; `durable`: the one behind the last durable record.

        A task may read what a power cut can take back, for then its results go with it. All others
        read what is durable. The topic is watched.
        """
        ...

    def fetch(  # noqa: PLR0913 - options are keywords
        self,
        topic: str,
        partition: int,
        offset: int,
        *,
        bytes_max: int,
        records_max: int | None = None,
        durable: bool = False,
    ) -> list[Batch]:
        """Committed records from `offset` on, in whole batches, until a limit is reached or passed.

        Each begins where the one before ends: the fetch ends where records were lost, and the next one goes on
        behind them. Where those at `offset` are lost, the first batch begins later; it is empty if there is
        nothing yet. Of what was compacted a batch has no rows, and may have none. `durable`: only those that no power cut takes back. The topic is watched.
        """
        ...

    def offset_at(
        self, topic: str, partition: int, at_ms: int, *, durable: bool = False
    ) -> tuple[int, int] | None:
        """(offset, timestamp) of the first record whose timestamp is `at_ms` or later; None if there is none.

        `durable`: of those that no power cut takes back. The topic is watched.
        """
        ...

    # ---- schemas

    def written_as(self, topic: str, side: str) -> Sequence[Schema]:
        """The schemas with which a side of a topic was written so far, as far as somebody told.

        Sides are "key" and "value", and "store" of a changelog.
        """
        ...

    def read_as(self, topic: str, side: str) -> Mapping[str, Schema]:
        """By app, the schema that it takes a side of the topic for; an app that was reset takes none."""
        ...

    def register(  # noqa: PLR0913 - all that can be told at once
        self,
        schemas: Sequence[Schema],
        uses: Sequence[tuple[str, str, Schema]],
        reads: Sequence[tuple[str, str, Schema]] = (),
        app: str = "",
        void: Sequence[tuple[str, str]] = (),
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Tell everybody these schemas, and that sides of topics are written with them from now on.

        `reads`: what `app` takes sides for that it reads, instead of what it took them for before. `void`:
        (topic, side) of which nothing is left that was written before; what was told of it is forgotten. Nothing is
        written if all that is known, or if `check` raises: between it and this nobody else told anything.
        What is committed later is read later than this.
        """
        ...

    # ---- committing

    @property
    def commit_bytes(self) -> int:
        """How large the outputs of one commit may be."""
        ...

    @property
    def key_bytes(self) -> int:
        """How long a key may be."""
        ...

    @property
    def record_bytes(self) -> int:
        """How large a record may be as it is written, with its key and its headers."""
        ...

    def pack(  # noqa: PLR0913 - the columns of a partition
        self,
        topic: str,
        partition: int,
        keys: Column,
        values: Column,
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None = None,
    ) -> list[Packed]:
        """These records as they are written, within the limits. TooLarge, Misuse."""
        ...

    def claim(self, producer: str) -> Stamp:
        """The id is this process's from now on: what another one commits by it is Fenced. The newest sequence that
        was committed, 0 if none was, or nobody used the id for so long that it was forgotten. Misuse for what is no id.
        """
        ...

    def holds(self, stamp: Stamp) -> bool:
        """Whether the id is still this process's, as far as it has followed."""
        ...

    def commit(
        self,
        group: str,
        tasks: Sequence[TaskCommit],
        outputs: Sequence[Packed],
        stamp: Stamp | None = None,
    ) -> Committed:
        """Outputs, consumed offsets and positions, all or nothing; as safe as is promised on return. `stamp`: the
        producer by whom it is.

        Fenced if a task has another owner, its offsets are not at `from`, or the id of the producer is another one's; StorageFull, TooLarge:
        nothing was done. Readers of the topics are woken. A program that is no app commits the moves
        of its group under the task "" of epoch 0; one without a group commits outputs alone.
        """
        ...

    def owns(self, group: str, told: TaskCommit) -> bool:
        """Whether this process may still commit that."""
        ...

    def standing(self, group: str, task: str, inputs: Sequence[tuple[str, int]]) -> Standing:
        """Where the task stands that reads these partitions."""
        ...

    def committed(self, group: str, topic: str, partition: int) -> int | None:
        """The offset the group reads next; None if it never committed."""
        ...

    def groups(self) -> Mapping[str, Mapping[tuple[str, int], int]]:
        """Every group that committed, or is an app's: which offset it reads next, by (topic, partition)."""
        ...

    def tasks(self, group: str) -> Mapping[str, Worker | None]:
        """Every task that an app of that name ever had, and the member that owns it; none of a group that is no
        app's."""
        ...

    def shared(self, group: str) -> Mapping[tuple[str, int], Worker | None]:
        """The partitions that members of a group share now, each with the member that has it."""
        ...

    def gathered(self) -> Mapping[str, Sequence[Worker]]:
        """The members of every group that has any, by its name; whether they live `alive` tells."""
        ...

    # ---- ways out

    def damaged(self, topic: str, partition: int, offset: int) -> Damage | None:
        """The first records from `offset` on that cannot be read now; None if all can. The topic is watched.

        Batches are told as a whole: the one that holds `offset` from its first record on.
        """
        ...

    def skip(self, topic: str, partition: int, start: int, stop: int) -> None:
        """The records [start, stop) are no more, for everybody; who stands there goes on at `stop`. Misuse."""
        ...

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """The records before that offset are no more, for everybody. Misuse if the partition does not reach so far."""
        ...

    def delete_topic(self, topic: str, *, force: bool = False) -> None:
        """The topic is no more, with all that was said of it. UnknownTopic; Misuse for internal topics and while
        somebody who reads it lives, without `force`."""
        ...

    def reset(
        self,
        group: str,
        offsets: Mapping[tuple[str, int], int | None],
        removed: Sequence[str],
        asker: str,
    ) -> None:
        """The group begins anew at these offsets, None: as if it never committed; all or nothing.

        Its positions are forgotten, and `removed`, internal topics of the app of that name, are no more.
        `asker` is kept. Misuse while a member lives, and for offsets that a partition does not have.
        """
        ...

    def begun(self, group: str) -> int:
        """The number of the moment at which the group was reset last; 0: never.

        State that was kept before it is of no use.
        """
        ...

    def rewind(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """The group, which is no app's, stands at these offsets from now on, whatever it committed.

        Misuse for a group of an app, and for offsets that a partition does not have.
        """
        ...

    # ---- who runs what

    def membership(  # noqa: PLR0913 - what a member says of itself
        self,
        group: str,
        tasks: Sequence[str],
        topics: Sequence[str],
        info: Mapping[str, Any],
        max_poll_interval_ms: int,
        at: Callable[[], object] | None = None,
    ) -> Membership:
        """This process's part in a group, not yet joined.

        `at`: another value whenever this process got on, asked in another thread: it then shows
        progress though it does not `beat`.
        """
        ...

    def seat(
        self, group: str, topics: Sequence[str], info: Mapping[str, Any], max_poll_interval_ms: int
    ) -> Seat:
        """This process's part in a group of consumers that share these topics, not yet joined. Misuse if it is a
        member of one already."""
        ...

    def stand_up(self, *, leave: bool | None = None) -> None:
        """It has no part in a group of consumers any more, and says so, unless it has a name or `leave` is False. A
        second time it does nothing."""
        ...

    def workers(self, group: str) -> Sequence[Worker]:
        """The members of a group; whether they live `alive` tells."""
        ...

    def owner(self, group: str, task: str) -> Worker | None:
        """The member that owns a task."""
        ...

    def alive(self, worker: Worker) -> bool:
        """Whether the process lives; a stopped one does."""
        ...


def next_offset(backend: Backend, group: str, topic: str, partition: int) -> int:
    """The offset that the next move of a group begins at: the committed one, else the partition's start."""
    at = backend.committed(group, topic, partition)
    return backend.start(topic, partition) if at is None else at

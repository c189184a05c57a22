"""Every error the library raises, named by what the caller should do next."""

FORCED = "add --force (in Python force=True)"
"""How it is done that is refused because others would suffer by it."""


class StreamzError(Exception):
    """Base of all errors of this library; `exit_code` is what the command line ends with.

    `topic`: where a result was to go that cannot be written, if that was found out behind all steps.
    """

    exit_code = 1
    topic = ""


class Misuse(StreamzError):
    """The calling program, its configuration or its command line is wrong. Fix the call."""

    exit_code = 2


class TopologyError(Misuse):
    """The app cannot be built as it is written. Names the steps concerned."""


class UnknownTopic(Misuse):
    """A topic does not exist where it must. Create it, or mend its name."""


class TooLarge(Misuse):
    """More at once than the limits allow. Nothing was done; write less, or in several parts."""


class Unsupported(Misuse):
    """This cannot be had here (platform, back end, format of a newer version)."""


class CodecError(StreamzError):
    """A value does not fit its codec: bytes that cannot be decoded, or an object of another type.

    `side`: "key" or "value" where bytes of an input record cannot be decoded; else "". `place`: (topic,
    partition, offset) of the record that a consumer cannot read; else None.
    """

    side = ""
    place: tuple[str, int, int] | None = None


class Unanswered(StreamzError):
    """A function of whole batches gave another number of results than it was given values. Mend it."""

    exit_code = 2


class Retriable(StreamzError):
    """Nothing was done. Call again later."""


class StorageFull(Retriable):
    """The disk has no room for the write. Nothing was committed; free space and go on."""


class NotReady(Retriable):
    """The state asked for has no owner that can answer now (starting, restoring, moving)."""


class LeftBehind(NotReady):
    """The log went on without this process, which stood still for so long that what it would have to read is gone. Another
    process can begin where the group stands."""


class TimedOut(StreamzError, TimeoutError):
    """It takes longer than the caller wanted to wait. What was begun goes on, unless the message says that
    nothing was."""


class Fenced(StreamzError):
    """Somebody newer owns this task, or its offsets moved. Drop the work; a retry cannot succeed."""


class OffsetOutOfRange(StreamzError):
    """The partition does not have this offset, or no longer: it has `start` to `end`. Read from there."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


class Corrupt(StreamzError):
    """Bytes disagree with their checksum or their chain. The message names file and position.

    `place`: (topic, partition, offset) of the first record that a consumer cannot read for it; else None.
    """

    place: tuple[str, int, int] | None = None


class Poisoned(StreamzError):
    """A sync of the log failed: the disk may not hold what the cache shows. Stop every process
    of this log and start again; the next start verifies and rewrites the tail."""

    exit_code = 70


class ForeignLog(Misuse):
    """The directory holds another log than the one expected, or none that this version reads."""

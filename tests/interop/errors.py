"""Errors of confluent-kafka as those of this library, by what one does next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from streamz_core.errors import (
    Fenced,
    Misuse,
    OffsetOutOfRange,
    Retriable,
    StreamzError,
    TimedOut,
    TooLarge,
    UnknownTopic,
)

KINDS = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: UnknownTopic,
    KafkaError._UNKNOWN_TOPIC: UnknownTopic,
    KafkaError._UNKNOWN_PARTITION: Misuse,
    KafkaError.MSG_SIZE_TOO_LARGE: TooLarge,
    KafkaError._FENCED: Fenced,
    KafkaError._FATAL: Fenced,
    KafkaError.FENCED_INSTANCE_ID: Fenced,
    KafkaError.ILLEGAL_GENERATION: Fenced,
    KafkaError.UNKNOWN_MEMBER_ID: Fenced,
    KafkaError.STALE_MEMBER_EPOCH: Fenced,
    KafkaError._TIMED_OUT: TimedOut,
    KafkaError.TOPIC_ALREADY_EXISTS: Misuse,
    KafkaError.TOPIC_EXCEPTION: Misuse,
    KafkaError.INVALID_PARTITIONS: Misuse,
    KafkaError.INVALID_CONFIG: Misuse,
    KafkaError.INVALID_REQUEST: Misuse,
    KafkaError._INVALID_ARG: Misuse,
    KafkaError.POLICY_VIOLATION: Misuse,
    KafkaError.GROUP_ID_NOT_FOUND: Misuse,
    KafkaError.NON_EMPTY_GROUP: Misuse,
    KafkaError._STATE: Misuse,
}
RANGE = (KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET)


def named(error: KafkaError) -> StreamzError:
    """The same by a name of this library; Retriable if nobody has met it yet."""
    told = f"{error.name()}: {error.str()}"
    if error.code() in RANGE:
        return OffsetOutOfRange(told, -1, -1)
    return KINDS.get(error.code(), Retriable)(told)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the block by our names. A SystemError hides what is fatal in a delivery callback."""
    try:
        yield
    except KafkaException as error:
        raise named(error.args[0]) from error
    except SystemError as error:
        if isinstance(error.__cause__, KafkaException):
            raise named(error.__cause__.args[0]) from error
        raise
    except ValueError as error:
        raise Misuse(str(error)) from error

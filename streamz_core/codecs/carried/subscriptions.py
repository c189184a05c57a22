"""What the two sides of a foreign-key join tell each other (Kafka: SubscriptionWrapper and its response).

A subscription is head (1 byte) ‖ instruction (1) ‖ digest (16) ‖ primary key, a response head (1) ‖
digest (16) ‖ value. A bit of the head says that there is no digest, another that there is no value.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.packing import mismatch
from streamz_core.codecs.schemas import Schema, schema_of
from streamz_core.errors import CodecError

# What a row that refers to another asks of it. The numbers are Kafka's.
FORGET: Final = 0
"""Refer no more, and say nothing."""
FORGET_AND_ANSWER: Final = 1
"""Refer no more, and answer that there is nothing."""
ANSWER: Final = 2
"""Refer, and answer with what there is, also with null."""
ANSWER_IF_FOUND: Final = 3
"""Refer, and answer if there is something."""

DIGEST_BYTES: Final = 16
_NO_DIGEST: Final = 0x80
_NO_VALUE: Final = 0x40


def digest_of(value: bytes) -> bytes:
    """What a value is known again by: a response counts only while the row has the value that asked."""
    return blake2b(value, digest_size=DIGEST_BYTES).digest()


def pack_subscription(instruction: int, digest: bytes | None, primary: bytes) -> bytes:
    """The bytes of a subscription."""
    if digest is None:
        return bytes((_NO_DIGEST, instruction)) + primary
    return bytes((0, instruction)) + digest + primary


def split_subscription(data: bytes) -> tuple[int, bytes | None, bytes]:
    """(instruction, digest, primary key); CodecError if it is cut."""
    end = 2 if data and data[0] & _NO_DIGEST else 2 + DIGEST_BYTES
    if len(data) < end:
        raise CodecError(f"a subscription of {len(data)} bytes is cut")
    return data[1], data[2:end] or None, data[end:]


def pack_response(digest: bytes | None, value: bytes | None) -> bytes:
    """The bytes of a response."""
    head = (_NO_DIGEST if digest is None else 0) | (_NO_VALUE if value is None else 0)
    return bytes((head,)) + (digest or b"") + (value or b"")


def split_response(data: bytes) -> tuple[bytes | None, bytes | None]:
    """(digest, value); CodecError if it is cut."""
    end = 1 if data and data[0] & _NO_DIGEST else 1 + DIGEST_BYTES
    if len(data) < end:
        raise CodecError(f"a response of {len(data)} bytes is cut")
    return data[1:end] or None, None if data[0] & _NO_VALUE else data[end:]


class Subscription(NamedTuple):
    """A row, by its key, refers to another or does so no more."""

    instruction: int
    digest: bytes | None
    primary: Any


class Response(NamedTuple):
    """What a row refers to now."""

    digest: bytes | None
    value: Any


class SubscriptionCodec(Codec[Subscription]):
    """Subscriptions of rows whose keys `key` writes."""

    def __init__(self, key: Codec[Any]) -> None:
        self.key = key
        self.name = f"subscription of {key.name}"
        self.immutable = key.immutable

    def encode(self, value: Subscription) -> bytes:
        if type(value) is not Subscription:
            raise mismatch("a Subscription", value)
        return pack_subscription(value.instruction, value.digest, self.key.encode(value.primary))

    def decode(self, data: bytes) -> Subscription:
        instruction, digest, primary = split_subscription(data)
        return Subscription(instruction, digest, self.key.decode(primary))

    @property
    def schema(self) -> Schema:
        return schema_of(("subscription", self.key.schema.reference))


class ResponseCodec(Codec[Response]):
    """Responses with values that `value` writes."""

    def __init__(self, value: Codec[Any]) -> None:
        self.value = value
        self.name = f"response of {value.name}"
        self.immutable = value.immutable

    def encode(self, value: Response) -> bytes:
        if type(value) is not Response:
            raise mismatch("a Response", value)
        raw = None if value.value is None else self.value.encode(value.value)
        return pack_response(value.digest, raw)

    def decode(self, data: bytes) -> Response:
        digest, raw = split_response(data)
        return Response(digest, None if raw is None else self.value.decode(raw))

    @property
    def schema(self) -> Schema:
        return schema_of(("response", self.value.schema.reference))

    def schemas(self) -> tuple[Schema, ...]:
        return self.value.schemas()


@cache
def subscription_codec(key: Codec[Any]) -> SubscriptionCodec:
    """The codec of subscriptions of rows with these keys; one object for one codec."""
    return SubscriptionCodec(key)


@cache
def response_codec(value: Codec[Any]) -> ResponseCodec:
    """The codec of responses with these values; one object for one codec."""
    return ResponseCodec(value)

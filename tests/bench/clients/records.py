"""Records of 100 bytes: opaque ones, and those of a class, as a program would write them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import attrs
from attrs import frozen

KEYS = 10_000


@frozen
class Event:
    """What a typed record is: some 90 bytes as JSON."""

    user: str
    item: int
    price: float
    note: str


VALUE = b"x" * 92
NOTE = "paid by card, to be sent"


def opaque(count: int) -> Iterator[tuple[bytes, bytes]]:
    """8 bytes of key, 92 of value."""
    keys = [b"%08d" % number for number in range(KEYS)]
    for number in range(count):
        yield keys[number % KEYS], VALUE


def typed(count: int) -> Iterator[tuple[str, Event]]:
    """A new object each time, as it comes from somewhere."""
    for number in range(count):
        user = f"user-{number % KEYS}"
        yield user, Event(user, number, number * 0.5, NOTE)


RECORDS = {"opaque": opaque, "typed": typed}


def to_json(event: Event) -> bytes:
    """How a program without our codecs writes it."""
    return json.dumps(attrs.asdict(event)).encode()


def from_json(data: bytes) -> Event:
    """And reads it."""
    return Event(**json.loads(data))

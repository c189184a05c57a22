"""What a codec is: values to bytes and back, one by one and by the column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Codec(ABC, Generic[T]):
    """Bytes of a value. None (null) is never given to `encode` or `decode`: it stays None.

    `name` says in words what the codec takes ("str", "int", "attrs Click v1"); `immutable` promises
    that no decoded value can be changed in place, so that it may be kept as an object.
    Errors are CodecError and say what was found.
    """

    name: str
    immutable: bool = False

    @abstractmethod
    def encode(self, value: T) -> bytes: ...

    @abstractmethod
    def decode(self, data: bytes) -> T: ...

    def encode_all(self, values: Sequence[T | None]) -> list[bytes | None]:
        """A column at once; None stays None."""
        encode = self.encode
        return [None if value is None else encode(value) for value in values]

    def decode_all(self, column: Sequence[bytes | None]) -> list[T | None]:
        """A column at once; None stays None."""
        decode = self.decode
        return [None if data is None else decode(data) for data in column]

    def __repr__(self) -> str:
        return f"<codec {self.name}>"

"""What topics are written as: told once, and compared before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import frozen

from streamz_core.broker.backend import Backend
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.described import DESCRIBED, DescribedKey
from streamz_core.codecs.plain import BYTES
from streamz_core.codecs.schemas import Schema
from streamz_core.errors import CodecError, Misuse


@frozen
class Use:
    """A side of a topic ("key", "value"; of a changelog "store" too) and its schema.

    `check` raises CodecError for a schema that is not read so; `needs` are all schemas that its bytes
    name. `place` is what messages call it, `way_out` what they advise.
    """

    topic: str
    side: str
    schema: Schema
    check: Callable[[Schema], None]
    needs: Sequence[Schema]
    place: str
    way_out: str


def check_codecs(key: object, value: object) -> None:
    """TypeError for what is no codec, such as the type itself."""
    for side, given in (("key", key), ("value", value)):
        if not isinstance(given, Codec):
            raise TypeError(
                f"{side} is {given!r:.80}; it has to be a codec, such as codec_for(str) of "
                "streamz_core.codecs.annotation; app.producer and app.consumer find the codecs of the app"
            )


def uses_of(topic: str, key: Codec[Any], value: Codec[Any]) -> list[Use]:
    """The sides of a topic of users, where their codecs have schemas: plain bytes are told by nobody."""
    rekeyed = "write the records to another topic, under the keys that are wanted"
    changed = (
        "write the new values to another topic, or say by @upgrades on the class what old ones mean"
    )
    return [
        Use(topic, side, codec.schema, codec.check, codec.schemas(), f"the {side}s of {topic}", way)
        for side, codec, way in (("key", key, rekeyed), ("value", value, changed))
        if codec is not BYTES and codec is not DESCRIBED
    ]


def check(backend: Backend, uses: Iterable[Use]) -> None:
    """Misuse, naming the place and the ways out, where something was written that is not read so."""
    for use in uses:
        for written in backend.written_as(use.topic, use.side):
            why = _difference(use, written)
            if why:
                raise Misuse(f"{use.place}: {why}; {use.way_out}")


def check_writer(backend: Backend, uses: Iterable[Use]) -> None:
    """Misuse for other keys than those that are there, and for values of which none that is there can be
    read as: two versions of a class may write to one topic, an int and a class may not."""
    for use in uses:
        known = [_difference(use, each) for each in backend.written_as(use.topic, use.side)]
        wrong = [why for why in known if why]
        if wrong and (use.side == "key" or len(wrong) == len(known)):
            raise Misuse(f"{use.place}: {wrong[0]}; {use.way_out}")


def _difference(use: Use, written: Schema) -> str:
    try:
        use.check(written)
    except CodecError as error:
        return str(error)
    return ""


def register(backend: Backend, uses: Sequence[Use], schemas: Iterable[Schema] = ()) -> None:
    """Tell everybody that these schemas are used there from now on, and `schemas` somewhere."""
    needed = [*schemas, *(schema for use in uses for schema in use.needs)]
    backend.register(needed, [(use.topic, use.side, use.schema) for use in uses])


def described_codecs(backend: Backend, topic: str) -> tuple[Codec[Any], Codec[Any]]:
    """(key, value) codecs that read whatever schemas tell of a topic, and else give bytes."""
    keys = backend.written_as(topic, "key")
    return DescribedKey(keys[0]) if len(keys) == 1 else BYTES, DESCRIBED

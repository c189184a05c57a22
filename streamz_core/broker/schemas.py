"""What topics are written as: told once, and compared before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from typing import Any, Final

from attrs import frozen

from streamz_core.broker.backend import Backend
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.described import DESCRIBED
from streamz_core.codecs.plain import BYTES
from streamz_core.codecs.schemas import Schema, type_text
from streamz_core.codecs.sharing.forms import (
    CLASSES,
    check_claim,
    check_keys,
    check_values,
    form_of,
)
from streamz_core.codecs.sharing.told import Told, codec_of
from streamz_core.errors import CodecError, Misuse

SIDES: Final = ("key", "value")


def _anything(taken: Schema) -> None:
    """Whatever others take it for."""


@frozen
class Use:
    """A side of a topic ("key", "value"; of a changelog "store" too) and its schema.

    `check` raises CodecError for a schema that is not read so, `claim` for one that somebody takes the side
    for and that can never be it; `needs` are all schemas that its bytes name. `place` is what messages call
    it, `way_out` what they advise.
    """

    topic: str
    side: str
    schema: Schema
    check: Callable[[Schema], None]
    needs: Sequence[Schema]
    place: str
    way_out: str
    claim: Callable[[Schema], None] = _anything


def check_codecs(key: object, value: object) -> None:
    """TypeError for what is no codec, such as the type itself."""
    for side, given in (("key", key), ("value", value)):
        if not isinstance(given, Codec):
            raise TypeError(
                f"{side} is {given!r:.80}; it has to be a Codec, such as those of streamz_core.Serdes; "
                "app.producer and app.consumer take types, too, and know those of the app"
            )


def uses_of(topic: str, key: Codec[Any], value: Codec[Any]) -> list[Use]:
    """The sides of a topic of users that are of a type; bytes as they are go with every type."""
    sides = (("key", key, check_keys), ("value", value, check_values))
    return [
        Use(
            topic,
            side,
            codec.schema,
            partial(check_side, codec),
            codec.schemas(),
            f"the {side}s of {topic}",
            _WAYS[side, form_of(codec.schema) == CLASSES],
            partial(check_claim, codec),
        )
        for side, codec, check_side in sides
        if codec.typed
    ]


_OTHER: Final = "read and write them as that, or use another topic"
_WAYS: Final = {
    ("key", False): _OTHER,
    ("key", True): "write the records to another topic, under the keys that are wanted",
    ("value", False): _OTHER,
    ("value", True): "write the new values to another topic",
}
_UPGRADES: Final = "@upgrades("


def check(backend: Backend, uses: Iterable[Use], app: str = "", fresh: Container[str] = ()) -> None:
    """Misuse, naming the place and the ways out, where something was written that is not read so, or where
    another app than `app` reads something that can never be this. `fresh`: see Telling."""
    for use in uses:
        for written in () if use.topic in fresh else backend.written_as(use.topic, use.side):
            why = _why(use.check, written)
            if why:
                raise Misuse(_refusal(use, why))
        _check_claims(backend, use, app)


def check_writer(
    backend: Backend, uses: Iterable[Use], app: str = "", fresh: Container[str] = ()
) -> None:
    """Misuse for other keys than those that are there, for values of which none that is there can be read
    as (two versions of a class may write to one topic, an int and a class may not), and for what no app
    that reads the topic can read."""
    for use in uses:
        written = () if use.topic in fresh else backend.written_as(use.topic, use.side)
        known = [(each, _why(use.check, each)) for each in written]
        wrong = [(each, why) for each, why in known if why]
        if wrong and (use.side == "key" or len(wrong) == len(known)):
            first, why = wrong[0]
            other = (
                _why(use.claim, first)
                and f"written as {_shown(first)} so far, here as {_shown(use.schema)}"
            )
            raise Misuse(_refusal(use, other or why))
        _check_claims(backend, use, app)


def _check_claims(backend: Backend, use: Use, app: str) -> None:
    for reader, taken in backend.read_as(use.topic, use.side).items():
        if reader != app and _why(use.claim, taken):
            raise Misuse(
                f"{use.place}: app {reader} reads them as {_shown(taken)}, here they are "
                f"{_shown(use.schema)}; {use.way_out}, or reset that app if it is no more (streamz reset APP)"
            )


def check_own(app: str, own: Iterable[Use], uses: Iterable[Use]) -> None:
    """Misuse where `app` could not go on with its `own` uses if that was written: what it says itself of
    a topic counts before anybody is told of it."""
    sides = {(use.topic, use.side): use.schema for use in uses}
    for use in own:
        written = sides.get((use.topic, use.side))
        why = "" if written is None else _why(use.check, written)
        if written is not None and why:
            has, here = _shown(use.schema), _shown(written)
            other = here if here != has else f"another {here} ({why})"
            raise Misuse(
                f"{use.place}: app {app} has them as {has}, here they are {other}; {use.way_out}"
            )


def _shown(schema: Schema) -> str:
    return type_text(schema.described)


def _refusal(use: Use, why: str) -> str:
    """One sentence; where a class can say what its old values mean, `why` says how, and that comes first."""
    return f"{use.place}: {why}; {'else ' if _UPGRADES in why else ''}{use.way_out}"


def _why(check: Callable[[Schema], None], written: Schema) -> str:
    try:
        check(written)
    except CodecError as error:
        return str(error)
    return ""


@frozen
class Telling:
    """What a program tells: sides that are written so from now on, and `schemas` that are used somewhere.

    `reads`: what `app` takes sides for that it reads. `fresh`: topics in which nothing is left of what was
    written before; what was told of their sides in `uses` is forgotten.
    """

    uses: Sequence[Use]
    schemas: Sequence[Schema] = ()
    app: str = ""
    reads: Sequence[Use] = ()
    fresh: Container[str] = ()


def register(backend: Backend, told: Telling, refuse: Callable[[], None]) -> None:
    """Tell everybody. `refuse` raises where that does not go together with what others told: it is asked
    when nobody can tell anything in between."""
    needed = [*told.schemas, *(each for use in (*told.uses, *told.reads) for each in use.needs)]
    void = [(use.topic, use.side) for use in told.uses if use.topic in told.fresh]
    backend.register(needed, _placed(told.uses), _placed(told.reads), told.app, void, refuse)


def _placed(uses: Iterable[Use]) -> list[tuple[str, str, Schema]]:
    return [(use.topic, use.side, use.schema) for use in uses]


def told_of(backend: Backend, topic: str, side: str) -> Schema | None:
    """What a side of a topic is: as it was first written, else as apps read it; None if nobody told."""
    known = [*backend.written_as(topic, side), *backend.read_as(topic, side).values()]
    return known[0] if known else None


def told_codecs(backend: Backend, topic: str) -> tuple[Codec[Any], Codec[Any]]:
    """(key, value) codecs that write a topic as it was written so far, bytes where nobody told a type.

    Misuse for a side that only a program can write: a class, a codec of its own.
    """
    key, value = (told_codec(backend, topic, side) for side in SIDES)
    return key, value


def told_codec(backend: Backend, topic: str, side: str) -> Codec[Any]:
    """The same of one side, "key" or "value"."""
    told = told_of(backend, topic, side)
    found = BYTES if told is None else codec_of(told, is_key=side == "key")
    if told is not None and found is None:
        raise Misuse(
            f"the {side}s of {topic} are {type_text(told.described)}, which only a program can write: use "
            "the producer of an app that declares the topic with its types (--app APP on the command line), "
            "or one that is told to take bytes as they are (key=bytes, value=bytes)"
        )
    return found or BYTES


def described_codecs(backend: Backend, topic: str) -> tuple[Codec[Any], Codec[Any]]:
    """(key, value) codecs that read whatever was told of a topic, and else give bytes."""
    keys, values = (_all_told(backend, topic, side) for side in SIDES)
    plain = len(values) == 1 and form_of(values[0]) != CLASSES
    return (
        Told(keys[0], is_key=True) if len(keys) == 1 else BYTES,
        Told(values[0], is_key=False) if plain else DESCRIBED,
    )


def _all_told(backend: Backend, topic: str, side: str) -> list[Schema]:
    return list(backend.written_as(topic, side)) or list(backend.read_as(topic, side).values())

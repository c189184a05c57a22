"""Which codec each step's keys and values have: what the rules of declared/sides.py can ask."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import FreeCodec, is_free
from streamz_core.codecs.sharing.fitting import fits
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.functions import UNKNOWN, result_type
from streamz_core.dsl.declared.sides import NoCodec, Side, Sides
from streamz_core.dsl.declared.topics import Topic
from streamz_core.errors import Misuse, TopologyError
from streamz_core.topology.nodes import AnyCodec


@define(eq=False)
class Resolver:
    """Answers for one app. Drafts are asked in order of declaration, parents first.

    `notes` are choices that the user may want to know of.
    """

    topics: Mapping[str, Topic[Any, Any]]
    notes: list[str] = field(factory=list)
    _known: dict[Draft[Any], Sides] = field(factory=dict)

    def sides(self, draft: Draft[Any]) -> Sides:
        """The codecs of a step; the parents' must have been asked for before."""
        if draft not in self._known:
            self._known[draft] = draft.op.sides(self, draft)
        return self._known[draft]

    def known(self, draft: Draft[Any]) -> Sides:
        """The codecs of a step that was asked for before."""
        return self._known[draft]

    def above(self, draft: Draft[Any]) -> Sides:
        """The codecs of the step that this one hangs on."""
        return self._known[draft.parents[0]]

    # ---- what was said

    def made(self, draft: Draft[Any], side: str) -> Side:
        """What the step makes on this side; the self-describing codec where nobody says it."""
        return self.said(draft, side) or self.free(draft, side)

    def said(self, draft: Draft[Any], side: str) -> Side | None:
        """What the step says explicitly, else what its function's annotation says."""
        explicit = getattr(draft.call, side)
        if explicit is None:
            return self._annotated(draft, side)
        said = self.given(explicit, side, draft.shown)
        annotated = self._annotated(draft, side)
        if annotated is not None and not _fit(annotated, said):
            raise TopologyError(
                f"{draft.shown}: {side}= is {said.name}, and its function gives {_name(annotated)}, which is never that; "
                f"say the same, best once: without {side}= the annotation counts"
            )
        return said

    def _annotated(self, draft: Draft[Any], side: str) -> Side | None:
        """What the annotation of its function says."""
        if draft.fn is None:
            return None
        try:
            hint = result_type(draft.fn.call, getattr(draft.op, side), draft.shown)
        except TopologyError as error:
            return NoCodec(str(error))
        return _typed(hint, side, draft)

    def result(self, fn: Any, side: str, draft: Draft[Any]) -> Side | None:
        """What the annotation of another function of the step says."""
        return _typed(result_type(fn, (), draft.shown), side, draft)

    def given(self, said: Any, side: str, place: str) -> AnyCodec:
        """The codec of what was said as `key=` or `value=`; TopologyError if it stands for none."""
        if isinstance(said, Codec):
            return _as_said(said, side, place)
        if said is Any or said is object:
            return FreeCodec(side, place)
        if isinstance(said, type) and issubclass(said, Codec):
            raise TopologyError(
                f"{place}: {side}={said.__name__} is the class of a codec; give an object of it, {side}={said.__name__}()"
            )
        try:
            return _codec_of(said, side)
        except Misuse as error:
            raise TopologyError(f"{place}, {side}=: {error}") from error
        except TypeError as error:
            shown = typing.cast("object", said)
            raise TopologyError(
                f"{place}: {side}={shown!r} is neither a type nor a codec"
            ) from error

    def given_or_none(self, said: Any, side: str, place: str) -> AnyCodec | None:
        """As `given`; None if nothing was said."""
        return None if said is None else self.given(said, side, place)

    # ---- codecs

    def free(self, draft: Draft[Any], side: str) -> AnyCodec:
        """The self-describing codec, whose errors name the step."""
        return FreeCodec(side, draft.shown)

    def is_free(self, side: Side) -> bool:
        """Whether the codec is the self-describing one."""
        return not isinstance(side, NoCodec) and is_free(side)

    def alike(self, one: AnyCodec, other: AnyCodec) -> bool:
        """Whether both write the same bytes for the same value."""
        return one == other or (is_free(one) and is_free(other))

    def same(
        self,
        draft: Draft[Any],
        side: str,
        left: tuple[AnyCodec, Draft[Any]],
        right: tuple[AnyCodec, Draft[Any]],
    ) -> None:
        """TopologyError unless two steps, whose records are to meet in `draft`, write alike."""
        if not self.alike(left[0], right[0]):
            raise TopologyError(
                f"{draft.shown}: the {side} of {left[1].shown} is written as {left[0].name}, that of "
                f"{right[1].shown} as {right[0].name}; equal values would differ in bytes and never "
                f"meet. Say the same {side}= on both, or give one of them another with "
                f"{'select_key' if side == 'key' else 'map_values'}"
            )

    def fitting(
        self, draft: Draft[Any], side: str, given: tuple[Side, Draft[Any]], wanted: AnyCodec
    ) -> None:
        """TopologyError where no record of the step above could be written as the topic is."""
        if not _fit(given[0], wanted):
            way = "select_key" if side == "key" else "map_values"
            raise TopologyError(
                f"{draft.shown}: the {side} of {given[1].shown} is {_name(given[0])}, and it would be written as "
                f"{wanted.name}, which takes none of these; make it one with {way}, or mend the description"
            )

    def note(self, draft: Draft[Any]) -> None:
        """Note that nobody typed the keys by which the records of a step are placed."""
        self.notes.append(
            f"{draft.shown}: its keys are written by the self-describing codec, since nobody said "
            "their type; annotate the key function, or say key=... there"
        )


def _fit(given: Side, wanted: AnyCodec) -> bool:
    """False if no value of the one side can be written as the other. Bytes may be what nobody spoke of, and all null."""
    return isinstance(given, NoCodec) or not given.typed or fits(given.accepts, wanted.accepts)


def _name(side: Side) -> str:
    return "of no type" if isinstance(side, NoCodec) else side.name


def _typed(hint: Any, side: str, draft: Draft[Any]) -> Side | None:
    if hint is UNKNOWN:
        return None
    if isinstance(hint, Codec):  # `-> json_of(Click)`: what it gives is written so
        return _as_said(hint, side, draft.shown)
    try:
        return _codec_of(hint, side)
    except Misuse as error:
        return NoCodec(f"its {side} has {error}; or say {side}= on {draft.shown}")


def _as_said(codec: AnyCodec, side: str, place: str) -> AnyCodec:
    try:
        return codec.for_key() if side == "key" else codec
    except Misuse as error:
        raise TopologyError(f"{place}, {side}=: {error}") from error


def _codec_of(tp: Any, side: str) -> AnyCodec:
    """The codec of a type, as what it is used for."""
    return key_codec_for(tp) if side == "key" else codec_for(tp)

"""Which codec each step's keys and values have: what was said, what functions return, the parent's."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from streamz_core.codecs.annotation import codec_for
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import FreeCodec, is_free
from streamz_core.codecs.plain import BYTES, INT
from streamz_core.dsl.declared.drafts import Draft
from streamz_core.dsl.declared.functions import UNKNOWN, first_argument_type, result_type
from streamz_core.dsl.declared.ops import COUNT
from streamz_core.dsl.declared.topics import Topic
from streamz_core.errors import Misuse, TopologyError
from streamz_core.topology.nodes import (
    Aggregate,
    AnyCodec,
    Merge,
    Repartition,
    Sink,
    Source,
    StreamTableJoin,
    TableSource,
    ToTable,
)

PLAIN_KEYS = (str, int, bytes)


@frozen
class NoCodec:
    """The values of this side cannot be written, which is wrong only where they must be."""

    why: str


Side = AnyCodec | NoCodec


@frozen(eq=False)
class Sides:
    """The codecs of what a step puts out."""

    key: Side
    value: Side
    inner: Side | None = None
    """Of a window aggregate: the key without its window."""


@define(eq=False)
class Resolver:
    """Answers for one app. Drafts are asked in order of declaration, parents first.

    `notes` are choices that the user may want to know of.
    """

    topics: dict[str, Topic[Any, Any]]
    notes: list[str] = field(factory=list)
    _known: dict[Draft, Sides] = field(factory=dict)

    def sides(self, draft: Draft) -> Sides:
        """The codecs of a step; the parents' must have been asked for before."""
        if draft not in self._known:
            resolve = _RULES.get(draft.op.node, Resolver._plain)
            self._known[draft] = resolve(self, draft)
        return self._known[draft]

    def _plain(self, draft: Draft) -> Sides:
        above = self._known[draft.parents[0]]
        if issubclass(draft.op.node, Repartition | ToTable) and _is_free(above.key):
            self._note(draft)
        return Sides(
            above.key if draft.op.key is None else _from_function(draft, "key"),
            above.value if draft.op.value is None else _from_function(draft, "value"),
        )

    def _source(self, draft: Draft) -> Sides:
        return Sides(self._source_side(draft, "key"), self._source_side(draft, "value"))

    def _source_side(self, draft: Draft, side: str) -> AnyCodec:
        """What every declaration of the source says; bytes where none says anything."""
        found: list[tuple[AnyCodec, str]] = []
        for topic in draft.fields["topics"]:
            described = getattr(self.topics[topic], side) if topic in self.topics else None
            if described is not None:
                found.append((_given(described, side, topic), f"app.topic({topic!r})"))
        place = f"app.{draft.op.name}({draft.name!r})"
        spoken = [said[side] for said in draft.fields["said"] if said[side] is not None]
        found += [(_given(said, side, place), place) for said in spoken]
        for codec, where in found[1:]:
            if not _alike(codec, found[0][0]):
                raise TopologyError(
                    f"the {side} of {draft.name} is said to be {found[0][0].name} by {found[0][1]} "
                    f"and {codec.name} by {where}; say the same everywhere, best once: "
                    f"app.topic(name, {side}=...)"
                )
        return found[0][0] if found else BYTES

    def _merge(self, draft: Draft) -> Sides:
        return Sides(self._merged(draft, "key"), self._merged(draft, "value"))

    def _merged(self, draft: Draft, side: str) -> Side:
        """What all merged streams have; one that nobody typed follows the others."""
        explicit = getattr(draft, side)
        if explicit is not None:
            return _given(explicit, side, draft.shown)
        pairs = [(getattr(self._known[parent], side), parent) for parent in draft.parents]
        typed = [(c, p) for c, p in pairs if not isinstance(c, NoCodec) and not is_free(c)]
        for codec, parent in typed[1:]:
            _same(draft, side, typed[0], (codec, parent))
        chosen: Side = (typed or pairs)[0][0]
        return chosen

    def _join(self, draft: Draft) -> Sides:
        """The key is the table's: what is looked up must be written as the table's keys were."""
        stream, table = draft.parents
        ours, theirs = self._known[stream].key, self._known[table].key
        value = _from_function(draft, "value")
        if isinstance(ours, NoCodec) or isinstance(theirs, NoCodec):
            return Sides(theirs, value)
        rewritten = stream.rekeyed and is_free(ours)
        if not rewritten:
            _same(draft, "key", (ours, stream), (theirs, table))
        return Sides(theirs, value)

    def _aggregate(self, draft: Draft) -> Sides:
        key = self._grouped_key(draft)
        value = self._folded(draft)
        window = draft.fields["window"]
        if window is None or isinstance(key, NoCodec):
            return Sides(key, value, key)
        return Sides(window.codec(key), value, key)

    def _grouped_key(self, draft: Draft) -> Side:
        key = self._known[draft.parents[0]].key
        if not _is_free(key):
            return key
        if draft.fn is not None and draft.fn.with_key:
            said = first_argument_type(draft.fn.call, draft.shown)
            if said in PLAIN_KEYS:
                return codec_for(said)
        self._note(draft)
        return key

    def _note(self, draft: Draft) -> None:
        self.notes.append(
            f"{draft.shown}: its keys are written by the self-describing codec, since nobody said "
            "their type; annotate the key function, or say key=... there"
        )

    def _folded(self, draft: Draft) -> Side:
        if draft.op is COUNT:
            return INT
        if draft.value is None and "folded" in draft.fields:
            return _given(draft.fields["folded"], "value", draft.shown)
        said = _said_by_function(draft, "value")
        if said is None and draft.fields.get("initial") is not None:
            said = _typed(result_type(draft.fields["initial"], (), draft.shown), "value", draft)
        if said is None and draft.fields["kind"] == "reduce":
            return self._known[draft.parents[0]].value
        return said or FreeCodec("value", draft.shown)

    def _sink(self, draft: Draft) -> Sides:
        above = self._known[draft.parents[0]]
        return Sides(
            self._written(draft, "key", above.key), self._written(draft, "value", above.value)
        )

    def _written(self, draft: Draft, side: str, above: Side) -> Side:
        """What the step says, else what the topic is, else what comes."""
        topic = self.topics.get(draft.fields["topic"] or "")
        described = given_codec(getattr(topic, side, None), side, f"app.topic of {draft.shown}")
        explicit = given_codec(getattr(draft, side), side, draft.shown)
        if described and explicit and not _alike(described, explicit):
            raise TopologyError(
                f"{draft.shown}: {side}= is {explicit.name}, but the topic is described with "
                f"{described.name}; leave {side}= out, or mend the description"
            )
        return explicit or described or above


_RULES: dict[type, Callable[[Resolver, Draft], Sides]] = {
    Source: Resolver._source,
    TableSource: Resolver._source,
    Merge: Resolver._merge,
    StreamTableJoin: Resolver._join,
    Aggregate: Resolver._aggregate,
    Sink: Resolver._sink,
}


def needed(side: Side, draft: Draft, why: str) -> AnyCodec:
    """The codec, where there must be one; TopologyError says why it is needed."""
    if isinstance(side, NoCodec):
        raise TopologyError(f"{draft.shown} {why}, but {side.why}")
    return side


def given_codec(said: Any, side: str, step: str) -> AnyCodec | None:
    """The codec of what was said as `key=` or `value=`, None if nothing was."""
    return None if said is None else _given(said, side, step)


def _alike(one: AnyCodec, other: AnyCodec) -> bool:
    """Whether both write the same bytes for the same value."""
    return one == other or (is_free(one) and is_free(other))


def _is_free(side: Side) -> bool:
    return not isinstance(side, NoCodec) and is_free(side)


def _from_function(draft: Draft, side: str) -> Side:
    return _said_by_function(draft, side) or FreeCodec(side, draft.shown)


def _said_by_function(draft: Draft, side: str) -> Side | None:
    """What the step says explicitly, else what its function's annotation says."""
    explicit = getattr(draft, side)
    if explicit is not None:
        return _given(explicit, side, draft.shown)
    if draft.fn is None:
        return None
    try:
        hint = result_type(draft.fn.call, getattr(draft.op, side), draft.shown)
    except TopologyError as error:
        return NoCodec(str(error))
    return _typed(hint, side, draft)


def _typed(hint: Any, side: str, draft: Draft) -> Side | None:
    if hint is UNKNOWN:
        return None
    try:
        return codec_for(hint)
    except Misuse as error:
        return NoCodec(f"its {side} has {error}; or say {side}= on {draft.shown}")


def _given(said: Any, side: str, step: str) -> AnyCodec:
    if isinstance(said, Codec):
        return said
    if said is Any or said is object:
        return FreeCodec(side, step)
    try:
        return codec_for(said)
    except Misuse as error:
        raise TopologyError(f"{step}, {side}=: {error}") from error
    except TypeError as error:
        shown = typing.cast("object", said)
        raise TopologyError(f"{step}: {side}={shown!r} is neither a type nor a codec") from error


def _same(
    draft: Draft, side: str, left: tuple[AnyCodec, Draft], right: tuple[AnyCodec, Draft]
) -> None:
    if not _alike(left[0], right[0]):
        raise TopologyError(
            f"{draft.shown}: the {side} of {left[1].shown} is written as {left[0].name}, that of "
            f"{right[1].shown} as {right[0].name}; equal values would differ in bytes and never "
            f"meet. Say the same {side}= on both, or give one of them another with "
            f"{'select_key' if side == 'key' else 'map_values'}"
        )

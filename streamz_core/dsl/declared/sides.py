"""How the codecs of a step are settled: a rule for each way, which the rows of ops.py name.

A rule asks the resolver, which knows the codecs of the steps above, what types and annotations
stand for, and how codecs compare. Codecs themselves are loaded by what needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from streamz_core.dsl.declared.functions import UNKNOWN, first_argument_type
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import AnyCodec

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft
    from streamz_core.dsl.declared.steps.by_hand import Filled, Supplied
    from streamz_core.dsl.declared.steps.joined import Subscribing
    from streamz_core.dsl.declared.steps.said import (
        Cogrouped,
        Everywhere,
        Folded,
        Found,
        Streamed,
        Tabled,
        Written,
    )
    from streamz_core.dsl.resolve import Resolver

    Rule = Callable[[Resolver, Draft[Any]], "Sides"]

F = TypeVar("F", bound="Folded")

PLAIN_KEYS = (str, int, bytes)


class NoCodec(NamedTuple):
    """The values of this side cannot be written, which is wrong only where they must be."""

    why: str


Side = AnyCodec | NoCodec


class Sides(NamedTuple):
    """The codecs of what a step puts out."""

    key: Side
    value: Side
    inner: Side | None = None
    """Of a window aggregate: the key without its window."""


def needed(side: Side, shown: str, why: str) -> AnyCodec:
    """The codec, where there must be one; TopologyError says why the step `shown` needs it."""
    if isinstance(side, NoCodec):
        raise TopologyError(f"{shown} {why}, but {side.why}")
    return side


# ---- rules


def as_function_says(at: Resolver, draft: Draft[Any]) -> Sides:
    """A side that the function makes is what it gives; the other is the parent's."""
    above, op = at.above(draft), draft.op
    return Sides(
        above.key if op.key is None else at.made(draft, "key"),
        above.value if op.value is None else at.made(draft, "value"),
    )


def as_made(at: Resolver, draft: Draft[Any]) -> Sides:
    """Both are what the function gives: nothing stands in front of it."""
    return Sides(at.made(draft, "key"), at.made(draft, "value"))


def as_partitioned(at: Resolver, draft: Draft[Any]) -> Sides:
    """The parent's; that nobody typed the keys, by which records are placed, is worth a note."""
    above = at.above(draft)
    if at.is_free(above.key):
        at.note(draft)
    return above


def as_topics_say(
    at: Resolver, draft: Draft[Streamed] | Draft[Tabled] | Draft[Everywhere] | Draft[Filled]
) -> Sides:
    """What every declaration of the source says; bytes where none says anything."""
    return Sides(_source_side(at, draft, "key"), _source_side(at, draft, "value"))


def _source_side(
    at: Resolver,
    draft: Draft[Streamed] | Draft[Tabled] | Draft[Everywhere] | Draft[Filled],
    side: str,
) -> AnyCodec:
    found = [
        (at.given(getattr(at.topics[topic], side), side, topic), f"app.topic({topic!r})")
        for topic in (*draft.said.topics, *draft.said.matching(at.topics))
        if topic in at.topics and getattr(at.topics[topic], side) is not None
    ]
    place = f"app.{draft.op.name}({draft.name!r})"
    spoken = [
        said for said in (getattr(each, side) for each in draft.said.calls) if said is not None
    ]
    found += [(at.given(said, side, place), place) for said in spoken]
    for codec, where in found[1:]:
        if not at.alike(codec, found[0][0]):
            raise TopologyError(
                f"the {side} of {draft.name} is said to be {found[0][0].name} by {found[0][1]} "
                f"and {codec.name} by {where}; say the same everywhere, best once: "
                f"app.topic(name, {side}=...)"
            )
    return found[0][0] if found else at.given(bytes, side, place)


def as_merged(at: Resolver, draft: Draft[Any]) -> Sides:
    """What all merged streams have; one that nobody typed follows the others."""
    return Sides(_merged(at, draft, "key"), _merged(at, draft, "value"))


def _merged(at: Resolver, draft: Draft[Any], side: str) -> Side:
    explicit = getattr(draft.call, side)
    if explicit is not None:
        return at.given(explicit, side, draft.shown)
    pairs: list[tuple[Side, Draft[Any]]] = [
        (getattr(at.known(parent), side), parent) for parent in draft.parents
    ]
    typed = [
        (codec, parent)
        for codec, parent in pairs
        if not isinstance(codec, NoCodec) and not at.is_free(codec)
    ]
    for pair in typed[1:]:
        at.same(draft, side, typed[0], pair)
    return typed[0][0] if typed else pairs[0][0]


def as_looked_up(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key is the table's: what is looked up must be written as the table's keys were."""
    stream, table = draft.parents
    ours, theirs = at.known(stream).key, at.known(table).key
    value = at.made(draft, "value")
    if not isinstance(ours, NoCodec) and not isinstance(theirs, NoCodec):
        rewritten = stream.rekeyed and at.is_free(ours)
        if not rewritten:
            at.same(draft, "key", (ours, stream), (theirs, table))
    return Sides(theirs, value)


def as_found(at: Resolver, draft: Draft[Found]) -> Sides:
    """The key is the stream's; what finds a row must give keys as the table has them."""
    stream, table = draft.parents
    given, theirs = at.result(draft.said.on.call, "key", draft), at.known(table).key
    if given is not None and not isinstance(given, NoCodec) and not isinstance(theirs, NoCodec):
        at.same(draft, "key", (given, draft), (theirs, table))
    return Sides(at.known(stream).key, at.made(draft, "value"))


def as_met(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key that both sides have, and what the function gives."""
    return Sides(_met_key(at, draft), at.made(draft, "value"))


def _met_key(at: Resolver, draft: Draft[Any]) -> Side:
    """The key that all parents have; one that nobody typed is written anew where it is partitioned anew."""
    sides = [(at.known(parent).key, parent) for parent in draft.parents]
    known = [(key, parent) for key, parent in sides if not isinstance(key, NoCodec)]
    if len(known) < len(sides):
        return next(key for key, _ in sides if isinstance(key, NoCodec))
    settled = [pair for pair in known if not (pair[1].rekeyed and at.is_free(pair[0]))] or known
    for pair in settled[1:]:
        at.same(draft, "key", settled[0], pair)
    key = settled[0][0]
    if at.is_free(key):
        at.note(draft)
    return key


def as_deduplicated(at: Resolver, draft: Draft[Any]) -> Sides:
    """The parent's; `inner` is what a record is told by, besides its key."""
    above = at.above(draft)
    return Sides(above.key, above.value, None if draft.fn is None else at.made(draft, "key"))


def as_it_came(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key by which the step above keeps its rows, and the values that come to it, if they are alike."""
    step = draft.parents[0]
    above = at.known(step)
    values = [at.known(parent).value for parent in step.parents]
    known = [value for value in values if not isinstance(value, NoCodec)]
    key = above.key if step.said.window is None else above.inner or above.key
    if len(known) < len(values):
        return Sides(key, next(v for v in values if isinstance(v, NoCodec)))
    if all(at.alike(value, known[0]) for value in known[1:]):
        return Sides(key, known[0])
    mixed = "late records have the values of several streams, which are written differently: make one kind of them "
    return Sides(key, NoCodec(f"{mixed}with map_values"))


def as_written(at: Resolver, draft: Draft[Written]) -> Sides:
    """What the step says, else what the topic is, else what comes."""
    above = at.above(draft)
    return Sides(_written(at, draft, "key", above.key), _written(at, draft, "value", above.value))


def _written(at: Resolver, draft: Draft[Written], side: str, above: Side) -> Side:
    topic = at.topics.get(draft.said.topic or "")
    described = at.given_or_none(getattr(topic, side, None), side, f"app.topic of {draft.shown}")
    explicit = at.given_or_none(getattr(draft.call, side), side, draft.shown)
    if described and explicit and not at.alike(described, explicit):
        raise TopologyError(
            f"{draft.shown}: {side}= is {explicit.name}, but the topic is described with "
            f"{described.name}; leave {side}= out, or mend the description"
        )
    wanted = explicit or described
    if wanted is not None:
        for parent in draft.parents:
            at.fitting(draft, side, (getattr(at.known(parent), side), parent), wanted)
    return wanted or above


def as_sunk(at: Resolver, draft: Draft[Written]) -> Sides:
    """As `as_written`, of the records of several steps, which are written alike unless the sink says how."""
    for side in ("key", "value"):
        if getattr(draft.call, side) is not None or draft.said.topic in at.topics:
            continue
        sides = [(getattr(at.known(parent), side), parent) for parent in draft.parents]
        known = [pair for pair in sides if not isinstance(pair[0], NoCodec)]
        for pair in known[1:]:
            at.same(draft, side, known[0], pair)
    return as_written(at, draft)


def as_supplied(at: Resolver, draft: Draft[Supplied]) -> Sides:
    """What the processor is said to forward."""
    return Sides(_forwarded(at, draft, "key"), _forwarded(at, draft, "value"))


def _forwarded(at: Resolver, draft: Draft[Supplied], side: str) -> Side:
    from streamz_core.dsl.declared.suppliers import forwarded_type  # loaded by what needs it

    said = at.said(draft, side)
    if said is not None:
        return said
    found = forwarded_type(draft.said.supplier, side, draft.shown)
    if found is None:
        return NoCodec(f"it is said to forward no {side}: say {side}= where it is added")
    return at.free(draft, side) if found is UNKNOWN else at.given(found, side, draft.shown)


def as_counted(at: Resolver, draft: Draft[F]) -> Sides:
    """The key of the group, and a number."""
    return _aggregated(at, draft, at.given(int, "value", draft.shown))


def as_reduced(at: Resolver, draft: Draft[F]) -> Sides:
    """The key of the group, and what is said, else the values that are reduced."""
    return _aggregated(at, draft, at.said(draft, "value") or at.above(draft).value)


def as_regrouped(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key that the function gives, and changes of the values: the function's, or the table's."""
    made = as_function_says(at, draft)
    return Sides(made.key, _changes(made.value))


def _changes(value: Side) -> Side:
    from streamz_core.codecs.carried.changes import change_codec  # loaded by what needs it

    return value if isinstance(value, NoCodec) else change_codec(value)


def as_subscribed(at: Resolver, draft: Draft[Subscribing]) -> Sides:
    """The key of the table that is referred to, and subscriptions of the rows that do."""
    from streamz_core.codecs.carried.subscriptions import subscription_codec

    above, foreign = at.above(draft), draft.said.foreign
    theirs, said = at.known(foreign).key, at.said(draft, "key")
    if said is not None and not isinstance(said, NoCodec) and not isinstance(theirs, NoCodec):
        at.same(draft, "key", (said, draft), (theirs, foreign))
    unknown = [side for side in above if isinstance(side, NoCodec)]
    if unknown or isinstance(above.key, NoCodec):
        return Sides(theirs, unknown[0])
    return Sides(theirs, subscription_codec(above.key))


def as_answered(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key of the rows that refer, and responses with the values of what they refer to."""
    from streamz_core.codecs.carried.subscriptions import response_codec

    asked: Any = at.above(draft).value
    value = at.known(draft.parents[1]).value
    return Sides(asked.key, value if isinstance(value, NoCodec) else response_codec(value))


def as_referring(at: Resolver, draft: Draft[Any]) -> Sides:
    """The key of the rows that refer, and what the function gives."""
    return Sides(at.known(draft.parents[1]).key, at.made(draft, "value"))


def as_reduced_rows(at: Resolver, draft: Draft[F]) -> Sides:
    """The key of the group, and what is said, else the values of which the group gets changes."""
    above: Any = at.above(draft).value
    return _aggregated(at, draft, at.said(draft, "value") or above.value)


def as_folded(at: Resolver, draft: Draft[F]) -> Sides:
    """The key of the group, and the class that folds, or what the function or `initial` gives."""
    if draft.call.value is None and draft.said.result is not None:
        return _aggregated(at, draft, at.given(draft.said.result, "value", draft.shown))
    said = at.said(draft, "value") or at.result(draft.said.initial, "value", draft)
    return _aggregated(at, draft, said or at.free(draft, "value"))


def as_cogrouped(at: Resolver, draft: Draft[Cogrouped]) -> Sides:
    """The key of all groups, and what is said, else what the first function that tells, or `initial` gives."""
    made = (*(one.fn.call for one in draft.said.inputs), draft.said.initial)
    value = at.said(draft, "value")
    for fn in made:
        value = value or at.result(fn, "value", draft)
    return _keyed(draft, _met_key(at, draft), value or at.free(draft, "value"))


def _aggregated(at: Resolver, draft: Draft[F], value: Side) -> Sides:
    return _keyed(draft, _grouped_key(at, draft), value)


def _keyed(draft: Draft[F], key: Side, value: Side) -> Sides:
    window = draft.said.window
    if window is None or isinstance(key, NoCodec):
        return Sides(key, value, key)
    return Sides(window.codec(key), value, key)


def _grouped_key(at: Resolver, draft: Draft[F]) -> Side:
    key = at.above(draft).key
    if not at.is_free(key):
        return key
    if draft.fn is not None and draft.fn.with_key:
        said = first_argument_type(draft.fn.call, draft.shown)
        if said in PLAIN_KEYS:
            return at.given(said, "key", draft.shown)
    at.note(draft)
    return key

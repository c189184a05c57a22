"""Emitters of joins of two tables by a foreign key, over two hops (Kafka: foreignkeyjoin).

A row tells the foreign key it refers to (Subscribe), and is noted there (Subscriptions). An answer comes
back when it asked, and whenever what it refers to changes; it counts while the row has the value that
asked (ForeignKeyJoin).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from streamz_core.codecs.carried.subscriptions import (
    ANSWER,
    ANSWER_IF_FOUND,
    FORGET,
    FORGET_AND_ANSWER,
    ResponseCodec,
    digest_of,
    pack_response,
    pack_subscription,
    split_response,
    split_subscription,
)
from streamz_core.lines.calls import call, drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.joins.lookup import look_up
from streamz_core.operators.tables.changes import latest_change
from streamz_core.operators.tables.sources import store_change
from streamz_core.stores.kind import Found
from streamz_core.stores.row_lines import overlay
from streamz_core.stores.rows import ABSENT
from streamz_core.topology.nodes import ForeignKeyJoin, Node, Subscribe, Subscriptions
from streamz_core.topology.tables import table_of

Told = tuple[tuple[bytes | None, int], ...]
"""Foreign keys that are told something, and what: instructions, in order."""


def inner_told(was: object, now: object, old: bytes | None, new: bytes | None) -> Told:
    """What an inner join tells of a row that was (not None) and is now, with its foreign keys."""
    if now is None or new is None:
        return () if old is None else ((old, FORGET_AND_ANSWER),)
    if was is None or old is None or old == new:
        return ((new, ANSWER_IF_FOUND),)
    return (old, FORGET), (new, ANSWER)


def left_told(was: object, now: object, old: bytes | None, new: bytes | None) -> Told:
    """What a left join tells: every change of a row is answered, also where it refers to nothing."""
    if was is None and now is None:
        return ()
    if old is None or old == new:
        return ((new, ANSWER),)
    return (old, FORGET), (new, ANSWER)


def subscribe(lines: Lines, node: Subscribe, _port: int, flow: Flow) -> None:
    """Kafka: SubscriptionSendProcessorSupplier."""
    with latest_change(lines, flow) as latest:
        _subscribe(lines, node, latest)


def _subscribe(lines: Lines, node: Subscribe, flow: Flow) -> None:
    assert flow.old is not None, f"the table above {node.name} sends old values"
    if node.fn.with_key:
        flow.key.obj(lines)  # once for both values
    primary = flow.key.raw(lines)
    digest, new = lines.fresh("digest"), lines.fresh("foreign_raw")
    lines.add(f"{digest} = {new} = None")
    with lines.block(f"if not ({flow.value.is_null()}):", flow.with_value()) as present:
        lines.add(f"{digest} = {_digest(lines, present.value)}")
        _foreign_key(lines, node, present, present.value, new)
        if not node.left_outer:
            with lines.block(f"if {new} is None:"):
                drop(lines, "'null-foreign-key'")
    old = lines.fresh("foreign_raw")
    lines.add(f"{old} = None")
    with lines.block(f"if not ({flow.old.is_null()}):", flow) as before:
        _foreign_key(lines, node, before, flow.old.not_null(), old)
    told = left_told if node.left_outer else inner_told
    values = f"{_held(flow.old)}, {_held(flow.value)}"
    foreign, instruction, raw = (lines.fresh(hint) for hint in ("foreign", "instruction", "raw"))
    planned = f"{lines.constant(told.__name__, told)}({values}, {old}, {new})"
    with lines.block(f"for {foreign}, {instruction} in {planned}:", flow) as each:
        pack = lines.constant("pack_subscription", pack_subscription)
        lines.add(f"{raw} = {pack}({instruction}, {digest}, {primary})")
        value = Side(node.value, raw=raw, nullable=False)
        lines.forward(evolve(each, key=Side(node.key, raw=foreign), value=value, old=None))


def _held(side: Side) -> str:
    """A variable that is None where the side is null."""
    return side.names()[0]


def _digest(lines: Lines, value: Side) -> str:
    """The expression for the digest of a value that is not null: of its bytes as they are written now,
    since those that came may be of an older form.
    """
    raw = Side(value.codec, obj=value.obj(lines), nullable=False).raw(lines)
    return f"{lines.constant('digest_of', digest_of)}({raw})"


def _foreign_key(lines: Lines, node: Subscribe, flow: Flow, value: Side, into: str) -> None:
    key = lines.fresh("foreign")
    lines.add(f"{key} = {call(lines, node.fn, flow, value.obj(lines))}")
    with lines.block(f"if {key} is not None:"):
        lines.add(f"{into} = {Side(node.key, obj=key, nullable=False).raw(lines)}")


def subscriptions(lines: Lines, node: Subscriptions, port: int, flow: Flow) -> None:
    """Kafka: SubscriptionReceive-, SubscriptionJoin- and ForeignTableJoinProcessorSupplier."""
    if port == 1:
        with latest_change(lines, flow) as latest:
            _tell_all(lines, node, latest)
        return
    instruction, digest, primary = (
        lines.fresh(hint) for hint in ("instruction", "digest", "primary")
    )
    split = lines.constant("split_subscription", split_subscription)
    lines.add(f"{instruction}, {digest}, {primary} = {split}({flow.value.raw(lines)})")
    with lines.block(f"if {flow.key.is_null()}:", flow) as keyless:
        _answer(lines, node, keyless, primary, f"{digest}, None")
    with lines.block("else:", flow.with_key()) as keyed:
        foreign, absent = keyed.key.raw(lines), lines.constant("ABSENT", ABSENT)
        row = f"({digest}, {flow.timestamp}, {digest}) if {instruction} > {FORGET_AND_ANSWER} else {absent}"
        lines.add(f"{overlay(lines, node.kept)}.note({foreign}, {primary}, {row})")
        with lines.block(f"if {instruction} != {FORGET}:", keyed) as asked:
            found = look_up(lines, table_of(node), asked)
            _answer_with(lines, node, asked, found, (instruction, digest, primary))


def _answer_with(
    lines: Lines, node: Subscriptions, flow: Flow, found: Found, asked: tuple[str, str, str]
) -> None:
    """What there is, at the later time of both."""
    instruction, digest, primary = asked
    right, timestamp = lines.fresh("right_raw"), lines.fresh("timestamp")
    lines.add(f"{right}, {timestamp} = None, {flow.timestamp}")
    with lines.block(
        f"if not ({found.value.is_null()}):", evolve(flow, value=found.value)
    ) as there:
        with lines.block(f"if {found.timestamp} > {timestamp}:"):
            lines.add(f"{timestamp} = {found.timestamp}")
        with lines.block(f"if {instruction} != {FORGET_AND_ANSWER}:", there) as wanted:
            lines.add(f"{right} = {wanted.value.not_null().raw(lines)}")
    with lines.block(
        f"if {right} is not None or {instruction} != {ANSWER_IF_FOUND}:", flow
    ) as answered:
        at = evolve(answered, timestamp=timestamp)
        _answer(lines, node, at, primary, f"{digest}, {right}")


def _tell_all(lines: Lines, node: Subscriptions, flow: Flow) -> None:
    """A row changed: everybody who refers to it is told."""
    right, foreign = flow.value.raw(lines), flow.key.raw(lines)
    primary, digest = lines.fresh("primary"), lines.fresh("digest")
    asking = f"{overlay(lines, node.kept)}.subscribers({foreign})"
    with lines.block(f"for {primary}, {digest} in {asking}:", flow) as each:
        _answer(lines, node, each, primary, f"{digest}, {right}")


def _answer(lines: Lines, node: Subscriptions, flow: Flow, primary: str, parts: str) -> None:
    raw = lines.fresh("raw")
    lines.add(f"{raw} = {lines.constant('pack_response', pack_response)}({parts})")
    key = Side(node.key, raw=primary, nullable=False)
    value = Side(node.value, raw=raw, nullable=False)
    lines.forward(evolve(flow, key=key, value=value, old=None))


def foreign_key_join(lines: Lines, node: ForeignKeyJoin, _port: int, flow: Flow) -> None:
    """Kafka: ResponseJoinProcessorSupplier. An answer to a value that the row has no more is nothing."""
    codec = flow.value.codec
    assert isinstance(codec, ResponseCodec), "subscriptions send responses"
    digest, raw, known = lines.fresh("digest"), lines.fresh("right_raw"), lines.fresh("digest")
    split = lines.constant("split_response", split_response)
    lines.add(f"{digest}, {raw} = {split}({flow.value.raw(lines)})")
    keyed = flow.with_key()
    left = look_up(lines, table_of(node), keyed).value
    lines.add(f"{known} = None")
    with lines.block(f"if not ({left.is_null()}):", evolve(keyed, value=left)) as there:
        lines.add(f"{known} = {_digest(lines, there.value.not_null())}")
    with lines.block(f"if {digest} == {known}:", keyed) as counts:
        right = Side(codec.value, raw=raw)
        store_change(lines, node, evolve(counts, value=_joined(lines, node, counts, left, right)))


def _joined(lines: Lines, node: ForeignKeyJoin, flow: Flow, left: Side, right: Side) -> Side:
    joined = lines.fresh("value")
    lines.add(f"{joined} = None")
    needed = f"not ({right.is_null()})"
    if node.left_outer:
        needed = f"{needed} or not ({left.is_null()})"
    with lines.block(f"if {needed}:", flow) as inside:
        arguments = [side.copy().obj(lines) for side in (left, right)]
        lines.add(f"{joined} = {call(lines, node.fn, inside, *arguments)}")
    return Side(node.value, obj=joined)


EMITTERS: Mapping[type[Node], Emitter] = {
    Subscribe: subscribe,
    Subscriptions: subscriptions,
    ForeignKeyJoin: foreign_key_join,
}

"""One record of the chain, wherever it stands by now: whether there is one of that number and hash."""

from __future__ import annotations

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, NotReady
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import SEAL, Layout
from streamz_core.log.chain.succession import Begin, Succession


class _Reached(Exception):
    """The record that was looked for is at hand."""


def placed(env: Env, layout: Layout, identity: Identity, at: Begin) -> Begin | None:
    """Where the chain goes on behind the record that `at` names; None if the chain has no such record.

    What `at` says of its place is tried first; if the log was rewritten since, a segment is read.
    """
    try:
        head = Succession(env, layout, identity, at).first
    except (Corrupt, FileNotFoundError):
        return None
    if head.lsn == at.lsn:
        return Begin(head.lsn, head.hash, head.number, head.bytes)
    if head.number == at.segment and at.frame:
        return at if _stands(env, layout, identity, at) else None
    found = record(env, layout, identity, at.lsn)
    return found if found is not None and found.hash == at.hash else None


def record(env: Env, layout: Layout, identity: Identity, lsn: int) -> Begin | None:
    """The record of that number, and its place; None if the chain does not reach so far, or not so far back."""
    found: list[Begin] = []

    def take(one: Frame, where: tuple[int, int], _: bytes) -> None:
        if one.lsn < lsn:
            return
        if one.kind != SEAL:
            shift = where[1] - one.payload_at
            found.append(Begin(lsn, one.hash, where[0], shift + one.end, shift + one.start))
        raise _Reached

    try:
        head = Succession(env, layout, identity, Begin(lsn - 1, b"")).first
        chain = Chain(env, layout, identity, take, Begin(head.lsn, head.hash))
    except (Corrupt, FileNotFoundError):
        return None
    try:
        chain.tail()
    except (_Reached, Corrupt, FileNotFoundError, NotReady):
        pass
    finally:
        chain.close()
    return found[0] if found else None


def _stands(env: Env, layout: Layout, identity: Identity, at: Begin) -> bool:
    """Whether the record stands where it once stood. Behind a SEAL nobody begins: it is not known as one."""
    try:
        file = env.open(layout.segment(at.segment))
    except FileNotFoundError:  # it is not needed any more
        return False
    try:
        data = file.pread(max(at.position - at.frame, 0), at.frame)
    finally:
        file.close()
    found = frame.decode(identity.mac, data, 0, frame.place(at.segment, at.frame), damaged=True)
    return found is not None and (found.lsn, found.hash) == (at.lsn, at.hash) and found.kind != SEAL

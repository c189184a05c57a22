"""Whether what was kept outside of the log belongs to its past."""

from __future__ import annotations

from streamz_core.log.chain import lookup
from streamz_core.log.log import Log


def on_chain(log: Log, lsn: int, hash_: bytes) -> bool:
    """Whether the record `lsn` has that hash: asked of the state, and of the files where it forgot.

    False, too, for one of which nothing tells any more.
    """
    told = log.state.on_chain(lsn, hash_)
    if told is None:
        found = lookup.record(log.env, log.layout, log.identity, lsn)
        told = found is not None and found.hash == hash_
    return told

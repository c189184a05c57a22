"""What is checked before it enters the log: nothing is written that a reader could not read."""

from __future__ import annotations

from collections.abc import Sequence

import msgpack

from streamz_core.errors import Corrupt, Misuse, Unsupported
from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.batch import Encoded
from streamz_core.log.values import Output, TaskCommit

UNPACKABLE = (TypeError, ValueError, OverflowError, RecursionError, msgpack.UnpackException)


def checked(record: Chained) -> tuple[Chained, bytes]:
    """The record as everybody will unpack it, and its body; Misuse if somebody could not."""
    if not isinstance(record, Chained):
        raise Misuse(f"{record!r:.80} is no record of the log. Nothing was written")
    try:
        body = record.pack()
        read = type(record).unpack(body)
    except UNPACKABLE as error:
        raise Misuse(f"{record.name}: it cannot be packed: {error}. Nothing was written") from error
    why = read.check()
    if why:
        raise Misuse(f"{record.name}: {why}. Nothing was written")
    return read, body


def check_commit(tasks: Sequence[TaskCommit], outputs: Sequence[Output]) -> None:
    """Misuse if these are none, or if what an output holds is no batch of that many records."""
    for given, kind in ((tasks, TaskCommit), (outputs, Output)):
        listed = isinstance(given, Sequence)
        if not listed or not all(isinstance(one, kind) for one in given):
            raise Misuse(
                f"a commit is of {kind.__name__}s, not of {given!r:.80}. Nothing was written"
            )
    for one in outputs:
        why = _refuse_batch(one)
        if why:
            raise Misuse(
                f"an output for partition {one.partition!r:.40} of topic {one.topic!r:.40}: {why}. "
                "Nothing was written"
            )


def _refuse_batch(one: Output) -> str:
    """Why it is none. One that was encoded here is trusted; of another everything is read."""
    if type(one.data) is Encoded and one.data.records == one.count:
        return ""
    why = fields.whole("a number of records", one.count, 1)
    if why or type(one.data) not in (bytes, Encoded):
        return why or f"it holds {type(one.data).__name__}, not bytes"
    try:
        batch = batches.decode(one.data, 0, one.count)
    except (Corrupt, Unsupported) as error:
        return str(error)
    if batch.sparse is not None:
        return "it says offsets, which follow from the chain"
    columns = {type(each) for each in (*batch.keys, *batch.values)}
    return "" if columns <= {bytes, type(None)} else "it holds keys or values that are no bytes"

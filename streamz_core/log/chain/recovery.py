"""Cold start: what the first process does after a reboot or a failed sync.

Old tail pages are never used again: after an I/O error the cache may show bytes that the disk does not
have, and after a power cut orphans may lie behind the tail. The records not known to be durable are
verified, with their payload, and rewritten into a new segment; the log ends at the first hole. Whatever
is known to have been durable (a witness) must be among them, or nothing is touched.
"""

from __future__ import annotations

import contextlib
import errno
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from attrs import define, field, frozen

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import NEVER, Chain
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.hint import read_hint
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import (
    Layout,
    SegmentHead,
    append_all,
    encode_segment,
    segments,
)
from streamz_core.log.chain.poison import is_poisoned, poison_paths
from streamz_core.log.chain.succession import Begin, read_segment_head
from streamz_core.log.chain.writing import append_copies
from streamz_core.log.checkpoints import file as checkpoint
from streamz_core.log.checkpoints import finding
from streamz_core.log.records.chained import Span
from streamz_core.log.records.index import Index, Payload
from streamz_core.log.records.kinds import follow, unpack
from streamz_core.log.records.moved.places import vacated
from streamz_core.log.records.state import State
from streamz_core.log.segments import data

COPY_BYTES = 4 << 20
PAGE_BYTES = 4096
WAY_OUT = (
    ". Nobody knows what stands there: it may be what was acknowledged, and readable tomorrow; to go on without: "
    "streamz log recover"
)


@frozen
class Found:
    """A record of the chain as it was read: its name, its bytes, and the payload outside of them.

    `broken`: records whose bytes inside of them are not those that were committed.
    """

    lsn: int
    hash: bytes
    raw: bytes
    payloads: Sequence[Payload]
    spans: Sequence[Span]
    broken: Sequence[Span]


def needed(env: Env, layout: Layout, identity: Identity) -> bool:
    """Whether the log may not be used before a cold start: also one that was interrupted."""
    numbers = segments(env, layout)
    if not numbers or env.exists(layout.fresh) or is_poisoned(env, layout, identity):
        return True
    try:
        head = read_segment_head(env, layout, identity, numbers[-1])
    except FileNotFoundError:
        return needed(env, layout, identity)  # it went since: there are newer ones
    return head.boot_id != env.boot_id()


def unreadable(env: Env, layout: Layout, identity: Identity) -> list[Unreadable]:
    """What a cold start would stop at, if one is needed now; nothing is changed. Corrupt as `cold_start`."""
    found: list[Unreadable] = []
    if segments(env, layout) and needed(env, layout, identity):
        newest = read_segment_head(env, layout, identity, segments(env, layout)[-1])
        if newest.boot_id != env.boot_id() or is_poisoned(env, layout, identity):
            _kept(env, layout, identity, newest, found, dry=True)
    return found


def cold_start(
    env: Env, layout: Layout, identity: Identity, given_up: list[Unreadable] | None = None
) -> None:
    """Make the log fit for use. The caller holds LOG exclusively: nobody else lives.

    May be killed anywhere and run again. Corrupt if a commit that was durable is lost, or if the disk cannot read what may
    have been: with `given_up` the log goes on, and these records are told there.
    """
    numbers = segments(env, layout)
    if not numbers:
        _begin(env, layout, identity)
        return
    newest = read_segment_head(env, layout, identity, numbers[-1])
    if newest.boot_id == env.boot_id() and not is_poisoned(env, layout, identity):
        _name(env, layout)  # a cold start was killed, and this is all that it left to be done
        return
    carry, kept = _kept(env, layout, identity, newest, given_up)
    _publish(env, layout, identity, numbers[-1] + 1, carry, kept)
    for path in poison_paths(layout, identity):
        if env.exists(path):
            env.unlink(path)


def _kept(  # noqa: PLR0913 - the log, and what is asked of it
    env: Env,
    layout: Layout,
    identity: Identity,
    newest: SegmentHead,
    given_up: list[Unreadable] | None,
    *,
    dry: bool = False,
) -> tuple[tuple[int, bytes], list[Found]]:
    """(the record that was durable for certain, those behind it that stay). `dry`: nothing is written."""
    poisoned = is_poisoned(env, layout, identity)
    # A segment was durable before it got its name, and so was everything before it.
    seen = [*witnesses(env, layout, identity), (newest.lsn, newest.hash)]
    # Whoever synced after a failure may have heard of success, and have told so: it is not true of what was
    # lost before.
    known = newest.lsn if poisoned else max(lsn for lsn, _ in seen)
    most = newest.lsn if poisoned else NEVER
    read = _read(env, layout, identity, most, known, seen)
    seen.insert(0, read.witness)
    if poisoned:
        # What is read from the cache once may be gone at the second look: first rewrite, then verify.
        floor = newest.lsn
        if not dry:
            _rewrite_data(env, layout, _behind(read.found, floor), beside=given_up is not None)
    else:
        standing = [lsn for lsn, hash_ in seen if read.state.on_chain(lsn, hash_)]
        floor = max([read.begin.lsn, *standing])
    end = _verified(env, layout, _behind(read.found, floor), read.state, given_up)
    while end < read.state.lsn and read.state.loses:
        # What was lost or sealed by a record behind the end is not, and has to be looked at after all.
        read = _read(env, layout, identity, most, known, (), end)
        end = _verified(env, layout, _behind(read.found, floor), read.state, given_up)
    _compare(layout, seen, read.state, end)
    places = [(newest.lsn, newest.hash), (read.begin.lsn, read.begin.hash)]
    places += [(one.lsn, one.hash) for one in read.found]
    kept = [one for one in _behind(read.found, floor) if one.lsn <= end]
    return (floor, dict(places)[floor]), kept


@frozen
class Unreadable:
    """Records of a commit that may not be durable, which the disk cannot read."""

    span: Span
    lsn: int
    why: str


@define
class _Read:
    """What was read of the chain: its end, the records that may not be durable, and the newest witness."""

    state: State
    begin: Begin
    found: deque[Found] = field(factory=deque)
    witness: tuple[int, bytes] = (0, frame.ZERO)


def _read(  # noqa: PLR0913 - where to begin, what to keep, where to end
    env: Env,
    layout: Layout,
    identity: Identity,
    most: int,
    known: int,
    seen: Sequence[tuple[int, bytes]],
    stop: int = NEVER,
) -> _Read:
    """The chain up to the record `stop`, begun at no checkpoint behind `most`; the last one, if it rotted and was `seen`,
    from a copy. Records before the one that is `known` to be durable, or was to whoever wrote one behind it, are not
    kept: a log has more of them than there is memory."""
    start = finding.begin(env, layout, identity, Index(), most)
    read = _Read(start.state, start.begin)
    state, found = read.state, read.found

    def take(one: Frame, _: tuple[int, int], data: bytes) -> None:
        if one.lsn > stop:
            return
        record = unpack(one)
        if one.lsn < known:
            follow(state, one, record)
            return
        spans, whole = record.spans(state), frame.sound(one, data)
        broken = () if whole else record.broken(state, data[one.payload_at : one.end])
        follow(state, one, record)
        raw = data[one.start : one.end]
        found.append(Found(one.lsn, one.hash, raw, record.payloads(), spans, broken))
        while most == NEVER and found[0].lsn < chain.witness[0]:
            found.popleft()

    chain = Chain(env, layout, identity, take, start.begin)
    chain.tail(cold=True)
    for durable in sorted(seen):
        chain.heal(durable)
    chain.close()
    read.witness = chain.witness
    return read


def _begin(env: Env, layout: Layout, identity: Identity) -> None:
    """The first segment, once the names above it are durable. Corrupt if it is not the first."""
    _compare(layout, witnesses(env, layout, identity), State(), 0)
    for folder in (layout.commit, layout.data, layout.members):
        env.make_dirs(folder)
    _settle_names(env, layout.root)
    _publish(env, layout, identity, 1, (0, frame.ZERO), [])


def _settle_names(env: Env, folder: str) -> None:
    """Make the names in a directory durable, and its own: anybody may just have made those above it."""
    env.sync_dir(folder)
    while folder:
        folder = folder.rpartition("/")[0]
        try:
            env.sync_dir(folder or "/")
        except OSError as error:
            if error.errno == errno.EIO:
                raise
            return  # not ours to read, or of a file system that knows no such thing: nobody just made it


def _behind(found: Iterable[Found], lsn: int) -> list[Found]:
    return [one for one in found if one.lsn > lsn]


def witnesses(env: Env, layout: Layout, identity: Identity) -> list[tuple[int, bytes]]:
    """Every (lsn, hash) that somebody knew to be durable; the newest of each source is enough."""
    seen = [read_hint(env, layout)]
    ends: dict[tuple[bytes, int], int] = {}
    for one in islice(finding.sound(env, layout, identity), 1):
        seen.append(one.record)
        with contextlib.suppress(Corrupt, FileNotFoundError):
            ends = checkpoint.ends(env, one)
    for name in env.list(layout.data):
        for number in filter(str.isdigit, env.list(f"{layout.data}/{name}")):
            path = f"{layout.data}/{name}/{number}"
            # Blocks before this were written before a record that the checkpoint knows: it tells more than they do.
            begin = ends.get((bytes.fromhex(name), int(number)), 0)
            seen.append(max(data.witnesses(env, path, begin), default=(0, frame.ZERO)))
    return [one for one in seen if one[0] > 0]


def _verified(
    env: Env,
    layout: Layout,
    found: list[Found],
    state: State,
    given_up: list[Unreadable] | None = None,
) -> int:
    """The last record up to which every range can be read, or is `given_up`; `found` are those that may not be durable.

    Bytes that nobody will ask for again are not looked at: an operator may have skipped them because
    they cannot be read, or they were copied into sealed files, and theirs may be gone.
    """
    reader = data.DataReader(env, layout)
    if given_up is not None:
        given_up.clear()
    try:
        for one in found:
            if not all(vacated(state, *span) for span in one.broken):
                return one.lsn - 1
            for place, span in zip(one.payloads, one.spans, strict=True):
                if vacated(state, *span):
                    continue
                try:
                    reader.read(*place)
                except Corrupt as error:
                    if not _of_the_disk(error):
                        return one.lsn - 1
                    if given_up is None:
                        raise Corrupt(f"{error}{WAY_OUT}") from error.__cause__
                    given_up.append(Unreadable(span, one.lsn, str(error)))
    finally:
        reader.close()
    return state.lsn


def _of_the_disk(error: Corrupt) -> bool:
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno == errno.EIO


def _compare(layout: Layout, seen: list[tuple[int, bytes]], state: State, end: int) -> None:
    for lsn, hash_ in seen:
        if lsn > end or state.on_chain(lsn, hash_) is False:
            raise Corrupt(
                f"{layout.commit}: commit {lsn} ({hash_.hex()[:16]}) was durable, but the log can be read "
                f"only up to commit {end}. Nothing was changed: restore the log from a copy; "
                "the disk or a tool lost committed bytes"
            )


def _rewrite_data(env: Env, layout: Layout, kept: list[Found], *, beside: bool) -> None:
    """Put the payload of records that may not be on the disk there for certain: same bytes, new file.

    `beside`: what the disk cannot read is left out, and the old file stays beside the new one.
    """
    files = dict.fromkeys(place[0] for one in kept for place in one.payloads)
    for incarnation, number in files:
        path = layout.data_file(incarnation, number)
        if not env.exists(path):
            continue  # the log ends before the first record that needs it
        fresh = _fresh(env, f"{path}.new")
        source = env.open(path)
        try:
            holes = _copy(source, fresh, holes=beside)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            raise Corrupt(f"{path}: the disk cannot read it: {error}{WAY_OUT}") from error
        finally:
            source.close()
        fresh.datasync()
        fresh.close()
        if holes:
            with contextlib.suppress(FileExistsError):
                env.link(path, f"{path}.unreadable")
        env.rename(f"{path}.new", path)
        env.sync_dir(path.rpartition("/")[0])


def _copy(source: File, target: File, *, holes: bool) -> bool:
    """Whether there were places that cannot be read: zeros stand there then, if that is allowed."""
    at, size, left_out = 0, source.size(), False
    while at < size:
        try:
            piece = source.pread(COPY_BYTES, at)
        except OSError as error:
            if error.errno != errno.EIO or not holes:
                raise
            piece = b"".join(
                _page(source, place) for place in range(at, min(at + COPY_BYTES, size), PAGE_BYTES)
            )
            left_out = True
        append_all(target, piece)
        at += len(piece)
    return left_out


def _page(source: File, at: int) -> bytes:
    try:
        return source.pread(PAGE_BYTES, at)
    except OSError:
        return bytes(min(PAGE_BYTES, source.size() - at))


def _publish(  # noqa: PLR0913 - what a segment is made of
    env: Env,
    layout: Layout,
    identity: Identity,
    number: int,
    carry: tuple[int, bytes],
    kept: list[Found],
) -> None:
    """Write a whole segment beside, sync it, and give it its name at once."""
    head = SegmentHead(number, *carry, env.boot_id(), 0)
    content = bytearray(encode_segment(identity, head))
    for one in kept:
        content += frame.moved(one.raw, frame.place(number, len(content)))
    _copy_frames(env, layout, number, bytes(content))
    file = _fresh(env, layout.fresh)
    append_all(file, bytes(content))
    file.datasync()
    file.close()
    env.link(layout.fresh, layout.segment(number))
    env.point("cold start")
    _name(env, layout)


def _copy_frames(env: Env, layout: Layout, number: int, frames: bytes) -> None:
    """Those who wrote them kept copies beside another segment. If there is no room for these, there are none."""
    with contextlib.suppress(OSError):
        if env.exists(layout.copies_of(number)):
            env.unlink(layout.copies_of(number))
        append_copies(env, layout, number, frames)


def _name(env: Env, layout: Layout) -> None:
    """The name of the newest segment is durable from now on. Until then a file says that it may not be."""
    env.sync_dir(layout.commit)
    env.unlink(layout.fresh)


def _fresh(env: Env, path: str) -> File:
    """A new file in place of what an interrupted start may have left."""
    if env.exists(path):
        env.unlink(path)
    return env.create(path)

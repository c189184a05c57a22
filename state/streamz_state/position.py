"""Which commit a database holds: a row of its own, written with the data it speaks of."""

from collections.abc import Mapping

import msgpack
from attrs import field, frozen

from streamz_state.errors import StateCorrupt

POSITION_VERSION = 1


@frozen
class Position:
    """The last commit applied to a database.

    `commit` alone names nothing: numbers come again after a rollback, the `hash` of the chain at
    that commit does not. `fingerprint` says what wrote the stores; `changelog` is, per store name,
    the next changelog offset to apply; `extra` belongs to the caller.
    """

    commit: int
    hash: bytes
    fingerprint: bytes
    changelog: Mapping[str, int] = field(factory=dict)
    extra: bytes = b""


def encode_position(position: Position) -> bytes:
    """The bytes of a position; equal positions give equal bytes. Numbers are below 2**63."""
    row: bytes = msgpack.packb(
        (
            POSITION_VERSION,
            position.commit,
            position.hash,
            position.fingerprint,
            dict(sorted(position.changelog.items())),
            position.extra,
        )
    )
    return row


def decode_position(row: bytes) -> Position:
    """The position in `row`; StateCorrupt if these bytes are none that this version wrote."""
    try:
        fields = msgpack.unpackb(row)
    except ValueError as error:
        raise StateCorrupt(f"the position row cannot be decoded: {error}") from None
    match fields:
        case [
            int(version),
            int(commit),
            bytes(chain_hash),
            bytes(fingerprint),
            dict(changelog),
            bytes(extra),
        ] if version == POSITION_VERSION and all(
            isinstance(name, str) and isinstance(offset, int) for name, offset in changelog.items()
        ):
            return Position(commit, chain_hash, fingerprint, changelog, extra)
        case _:
            raise StateCorrupt(
                f"the position row ({len(row)} bytes) is not of version {POSITION_VERSION}; "
                "a newer release may have written it"
            )

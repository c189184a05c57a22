"""Defects planted into the healing of what rots; `chaos mutants` hunts them with the others."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from streamz_core.log.chain.chain import NEVER, Chain
from streamz_core.log.chain.copies import Copies
from streamz_core.log.upkeep.forgetting import Forgetting


def copies_not_asked() -> AbstractContextManager[object]:
    """What cannot be read is refused, whatever copies there are."""
    return patch.object(Chain, "heal", lambda *_: False)


def copies_go_too_early() -> AbstractContextManager[object]:
    """Copies are removed as soon as they are there."""
    copies = Forgetting._copies
    return patch.object(Forgetting, "_copies", lambda self, _: copies(self, NEVER))


def copy_without_its_payload() -> AbstractContextManager[object]:
    """A copy of the head is taken for one of the whole record."""
    return patch.object(Chain, "_filled", lambda _, copy: copy.data)


def any_copy_believed() -> AbstractContextManager[object]:
    """A copy is taken for its number, whatever the next record names."""

    def sound(self, lsn, _):
        return next(self.of(lsn), None)

    def missing(self, behind, last):
        found = [self.sound(lsn, b"") for lsn in range(behind[0] + 1, last[0] + 1)]
        return found if None not in found else []

    return patch.multiple(Copies, sound=sound, missing=missing)


DEFECTS = {
    "copies not asked": copies_not_asked,
    "copies go too early": copies_go_too_early,
    "copy without its payload": copy_without_its_payload,
    "any copy believed": any_copy_believed,
}

"""Every error the state house raises, named by what the caller should do next."""


class StateError(Exception):
    """A database could not do what was asked (no permission, no database here).

    Nothing of the failed write was applied. Close the database and mend the cause.
    """


class StateFull(StateError):
    """The disk has no room. Nothing of the write was applied, and this database takes no other one.

    Close it, and open it again when there is room: what it has stays.
    """


class StateCorrupt(StateError):
    """Bytes of the database are damaged or written by a newer version; `damage`: what is wrong, without the rest.

    Close it, throw its directory away and restore it from its changelog.
    """

    def __init__(self, message: str = "", damage: str = "") -> None:
        super().__init__(message)
        self.damage = damage or message


class StateLocked(StateError):
    """Somebody else has the directory open. Do not wait for them: take a fresh directory."""


class StateClosed(StateError):
    """The database, or the snapshot or scan asked, was closed meanwhile. Ask its next owner."""

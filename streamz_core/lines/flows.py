"""Where the variables hold the record at hand."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from streamz_core.lines.adding import Adding
from streamz_core.lines.sides import Side


@frozen
class Flow:
    """Where the variables hold the record at hand. `old`: the old value of a table's change, where
    somebody wants it. `timestamp` and `headers` are variables or constants. `latest`: of a change of a versioned
    table the variable that says whether it is of the latest version of its key; empty: it is.
    """

    key: Side
    value: Side
    timestamp: str
    headers: str
    old: Side | None = None
    latest: str = ""

    def copy(self) -> Flow:
        """For lines in a block of their own."""
        old = self.old.copy() if self.old is not None else None
        return evolve(self, key=self.key.copy(), value=self.value.copy(), old=old)

    def apart(self, lines: Adding) -> Flow:
        """For lines whose record is a value of its own, whatever functions do to this one in place."""
        old = self.old.apart(lines) if self.old is not None else None
        return evolve(self, key=self.key.apart(lines), value=self.value.apart(lines), old=old)

    def with_key(self) -> Flow:
        """For a block that is only entered with a key that is not null."""
        return evolve(self, key=self.key.not_null())

    def with_value(self) -> Flow:
        """For a block that is only entered with a value that is not null."""
        return evolve(self, value=self.value.not_null())

    def names(self) -> list[str]:
        """All variables, in the order of `renamed`."""
        old = self.old.names() if self.old is not None else []
        names = [*self.key.names(), *self.value.names(), *old, self.timestamp, self.headers]
        return [*names, self.latest] if self.latest else names

    def renamed(self, fresh: Callable[[str], str]) -> Flow:
        """The same shape in new variables."""
        return Flow(
            self.key.renamed(fresh),
            self.value.renamed(fresh),
            old=self.old.renamed(fresh) if self.old is not None else None,
            timestamp=fresh("timestamp"),
            headers=fresh("headers"),
            latest=self.latest and fresh("latest"),
        )

    def shape(self) -> tuple[object, ...]:
        """Equal for flows that the same lines can treat."""
        old = self.old.shape() if self.old is not None else ()
        return (self.key.shape(), self.value.shape(), old, bool(self.latest))

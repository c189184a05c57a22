"""What one commit changes in a database."""

from attrs import define, field


@define
class WriteBatch:
    """Changes that become visible together.

    Order: `ranges` (each [start, end); nothing if start >= end), then `deletes`, then `puts`. Of
    several puts of one key the last counts. Deleting what is not there is no error.
    """

    puts: list[tuple[bytes, bytes]] = field(factory=list)
    deletes: list[bytes] = field(factory=list)
    ranges: list[tuple[bytes, bytes]] = field(factory=list)

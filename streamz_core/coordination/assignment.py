"""Who should run which task: a pure function, sticky and balanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def assign(
    tasks: Sequence[str], members: Sequence[bytes], previous: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Every task to one member; loads differ by one at most, and so do those of each sub-topology
    where that costs no move. A task stays with its member unless balance demands a move.

    Tasks are named `<sub-topology>/<partition>`. The same arguments give the same answer everywhere.
    """
    if not members:
        return {}
    order = sorted(members)
    placed = {task: member for task in sorted(tasks) if (member := previous.get(task)) in order}
    load = Counter(dict.fromkeys(order, 0))
    load.update(placed.values())
    for task in sorted(set(tasks) - set(placed)):
        placed[task] = _lightest(order, placed, load, task)
        load[placed[task]] += 1
    while max(load.values()) - min(load.values()) > 1:
        heavy = max(order, key=lambda member: load[member])
        task = _most_crowded(placed, heavy)
        load[heavy] -= 1
        del placed[task]
        placed[task] = _lightest(order, placed, load, task)
        load[placed[task]] += 1
    return placed


def _most_crowded(placed: Mapping[str, bytes], member: bytes) -> str:
    """A task of the member whose sub-topology it has most of: moving it spreads that one, too."""
    mine = sorted(task for task, owner in placed.items() if owner == member)
    same = Counter(task.rpartition("/")[0] for task in mine)
    return max(mine, key=lambda task: same[task.rpartition("/")[0]])


def _lightest(
    order: Sequence[bytes], placed: Mapping[str, bytes], load: Mapping[bytes, int], task: str
) -> bytes:
    """The member with the fewest tasks; of those, with the fewest of the same sub-topology."""
    name = task.rpartition("/")[0]
    same = Counter(member for other, member in placed.items() if other.rpartition("/")[0] == name)
    return min(order, key=lambda member: (load[member], same[member]))

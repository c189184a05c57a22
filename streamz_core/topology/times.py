"""The names under which times of operators stand in a task's position.

They are chained with every commit, so a name never changes its meaning.
"""

from __future__ import annotations

from streamz_core.topology.nodes import Node, StoreSpec

TASK_TIME = "task"
"""The task's stream time: the largest timestamp of any of its inputs, kept where a step looks at it."""


def observed_time(node: Node) -> str:
    """The stream time of one windowed step: the largest timestamp it has seen."""
    return f"observed:{node.name}"


def newest_put(store: StoreSpec) -> str:
    """Of a window store of several streams, the time of the newest window that one of them wrote."""
    return f"newest:{store.name}"


def passed_on(hop: str) -> str:
    """Of a hop, by its topic, the time that went on to it without a record: nothing that comes later is before it."""
    return f"passed:{hop}"


def oldest_unmatched(node: Node) -> str:
    """Of a join, no later than which its unmatched records were when it last looked (Kafka: minTime)."""
    return f"unmatched:{node.name}"

"""Java's binary heap: where times are equal, its order is that in which Kafka takes records and timers."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")
Heap = list[tuple[int, T]]


def push(heap: Heap[T], item: tuple[int, T]) -> None:
    """java.util.PriorityQueue.offer: up while strictly smaller than the parent."""
    heap.append(item)
    at = len(heap) - 1
    while at and item[0] < heap[(at - 1) // 2][0]:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = item


def poll(heap: Heap[T]) -> None:
    """java.util.PriorityQueue.poll: the last goes to the root, and down while strictly greater."""
    last = heap.pop()
    if not heap:
        return
    at, size = 0, len(heap)
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1][0] < heap[child][0]:
            child += 1
        if last[0] <= heap[child][0]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last

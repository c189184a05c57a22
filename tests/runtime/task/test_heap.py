"""Java's binary heap: where times are equal, what was there first does not always come first."""

from streamz_core.runtime.task.heap import Heap, poll, push


def order(*items: tuple[int, str]) -> list[str]:
    heap: Heap[str] = []
    for item in items:
        push(heap, item)
    found = []
    while heap:
        found.append(heap[0][1])
        poll(heap)
    return found


def test_the_lowest_comes_first() -> None:
    assert order((3, "c"), (1, "a"), (2, "b"), (0, "z")) == ["z", "a", "b", "c"]


def test_of_three_equal_ones_the_last_comes_second() -> None:
    assert order((0, "a"), (0, "b"), (0, "c")) == ["a", "c", "b"]

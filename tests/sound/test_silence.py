"""Windows behind a hop close when nothing comes: each record is in one result, or was late, whatever crashes and whenever."""

from __future__ import annotations

from collections import Counter

import hypothesis
from hypothesis import strategies as st

from streamz_core import App, memory, tumbling


def app() -> App:
    """in -> by its value, in windows of 10 s -> how many records each window had, in windows of 20 s."""
    made = App("silence")
    source = made.stream("in", key=str, value=str, idle="2s")
    kept = memory()
    by_value = source.group_by(lambda value: value[:1], key=str).window(tumbling("10s", grace="1s"))
    counts = by_value.count(name="n", emit="final", materialized=kept)
    counts.to_stream().to("counts")
    again = counts.to_stream(lambda count: "all", key=str).group_by_key().window(tumbling("20s"))

    @again.reduce(name="sums", emit="final", materialized=kept)
    def sums(one: int, other: int) -> int:
        return one + other

    sums.to_stream().to("sums")
    return made


STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from("abc"), st.integers(0, 30_000)),
    st.tuples(st.just("pass"), st.integers(500, 9000), st.just(0)),
    st.tuples(st.just("crash"), st.integers(0, 1), st.just(0)),
)


@hypothesis.given(st.lists(STEPS, min_size=1, max_size=14))
@hypothesis.settings(deadline=None, max_examples=25)
def test_each_record_is_in_one_result_or_was_late(steps: list[tuple[str, object, int]]) -> None:
    sent = 0
    with app().test(partitions=2, workers=2) as t:
        for what, which, time in steps:
            if what == "send":
                t.topic("in").send(str(time), f"{which}{sent}", timestamp=time)
                sent += 1
            elif what == "pass":
                assert isinstance(which, int)
                t.advance(which)
            else:
                assert isinstance(which, int)
                t.crash(which)
                t.restart()
        for _ in range(60):
            t.advance(3000)
        counts = t.topic("counts").records()
        late = t.dropped().get("late", 0)
        windows = Counter((one.key.key, one.key.start) for one in counts)
        assert all(count == 1 for count in windows.values()), "no window comes out twice"
        assert sum(one.value for one in counts) + late == sent
        assert sum(one.value for one in t.topic("sums").records()) == sum(
            one.value for one in counts
        )

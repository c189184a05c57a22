"""Records at the end of time: what comes of them can be read."""

from streamz_core import App, sliding
from streamz_core.record import TIMESTAMP_MAX


def test_sliding_windows_end_with_time():
    app = App("edges")
    stream = app.stream("in", key=str, value=str)
    counts = stream.group_by_key().window(sliding("1m", grace="1m")).count(name="counts")
    counts.to("out")
    with app.test() as driver:
        for timestamp in (TIMESTAMP_MAX - 2, TIMESTAMP_MAX - 1, TIMESTAMP_MAX):
            driver.topic("in").send("k", "x", timestamp=timestamp)
        starts = [record.key.start for record in driver.topic("out").records()]
        rows = driver.store("counts").rows()
    assert max(starts) == TIMESTAMP_MAX - 1
    assert len(rows) == len(set(starts))

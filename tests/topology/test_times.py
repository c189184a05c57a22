"""Names of times in a task's position: they are on chains that exist."""

from streamz_core.topology import times
from tests.topology.graphs import Shop


def test_names_of_times_never_change():
    shop = Shop()
    assert times.TASK_TIME == "task"
    hits = shop.count("hits", shop.stream("clicks"))
    assert times.observed_time(hits) == "observed:hits"
    assert times.newest_put(hits.store) == "newest:hits"
    assert times.oldest_unmatched(hits) == "unmatched:hits"

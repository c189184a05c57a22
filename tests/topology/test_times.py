"""Names of times in a task's position: they are on chains that exist."""

from streamz_core.topology import times
from tests.topology.graphs import Shop


def test_names_of_times_never_change():
    shop = Shop()
    assert times.TASK_TIME == "task"
    assert times.observed_time(shop.count("hits", shop.stream("clicks"))) == "observed:hits"

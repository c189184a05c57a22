"""Readings of sensors, some of them late: the average of each minute, told once, when it is final.

    $ echo 'boiler:{"celsius": 71.5, "at": 1000}' | streamz topics produce readings -K : --app sensors.py
    $ echo 'boiler:{"celsius": 73.5, "at": 70000}' | streamz topics produce readings -K : --app sensors.py
    $ streamz run sensors.py --until end
    $ streamz topics consume averages -K = -e --app sensors.py
    {"key":"boiler","start":0,"end":60000}=71.5

A minute is closed when a reading is ten seconds past its end: it gives its result once, whoever crashes. What
comes later still is not lost: it goes to a topic of its own.
"""

from attrs import frozen

from streamz_core import App, Record, tumbling

app = App("sensors")


@frozen
class Reading:
    celsius: float
    at: int  # ms UTC, by the clock of the sensor


@frozen
class Minute:
    readings: int = 0
    celsius: float = 0.0  # of all of them together

    def add(self, reading: Reading) -> "Minute":
        return Minute(self.readings + 1, self.celsius + reading.celsius)


def measured_at(record: Record[str, Reading], _partition_time: int) -> int:
    return record.value.at


readings = app.stream("readings", key=str, value=Reading, timestamp=measured_at)


@readings.filter
def plausible(reading: Reading) -> bool:
    return -50 <= reading.celsius <= 500


minutes = plausible.group_by_key().window(tumbling("1m", grace="10s"))
sums = minutes.aggregate(Minute, name="minutes", emit="final")


@sums.map_values
def averages(minute: Minute) -> float:
    return minute.celsius / minute.readings


averages.to("averages")
minutes.late.to("late-readings")

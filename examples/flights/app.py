"""A year of flights out of New York: who left late, from where, in what weather, on whose wings."""

from __future__ import annotations

from attrs import frozen

from streamz_core import App, tumbling

app = App("flights")


@frozen
class Flight:
    carrier: str
    number: int
    tail: str | None
    origin: str
    dest: str
    scheduled: str  # UTC, as in 2013-01-01T10:15Z
    departed: str | None  # on the airport's clock; None: it never did
    delay: int  # of the departure, in minutes


@frozen
class Weather:
    temperature: float | None  # degrees Fahrenheit
    wind: float | None  # mph
    visibility: float  # miles


@frozen
class Plane:
    manufacturer: str
    model: str
    seats: int


@frozen
class Departure:
    flight: Flight
    weather: Weather | None


@frozen
class Enriched:
    airline: str
    flight: Flight
    weather: Weather | None


@frozen
class Delays:
    flights: int = 0
    minutes: int = 0

    def plus(self, flight: Flight) -> Delays:
        return Delays(self.flights + 1, self.minutes + flight.delay)


def average(delays: Delays) -> float:
    return delays.minutes / delays.flights


# Flights and weather lie by airport in the same two partitions: what depends on the order of time
# is done here, before anything gets another key.
flights = app.stream(app.topic("flights", key=str, value=Flight, partitions=2))
weather = app.table(app.topic("weather", key=str, value=Weather, partitions=2))
airlines = app.table(app.topic("airlines", key=str, value=str, partitions=2))
planes = app.table(app.topic("planes", key=str, value=Plane, partitions=2))

kinds = flights.split()


@kinds.branch
def cancelled(flight: Flight) -> bool:
    return flight.departed is None


flown = kinds.default(name="flown")
cancelled.to("cancelled")


@flown.join(weather, how="left")
def departures(flight: Flight, weather: Weather | None) -> Departure:
    return Departure(flight, weather)


departures.to("departures")


@departures.group_by_key().window(tumbling("1h")).aggregate(initial=Delays, retention="400d")
def hourly(delays: Delays, departure: Departure) -> Delays:
    return delays.plus(departure.flight)


hourly.map_values(average).to("delay-per-hour")


# From here on the key is the airline, and then the flight itself.
@departures.select_key
def carriers(departure: Departure) -> str:
    return departure.flight.carrier


@carriers.join(airlines, how="left")
def enriched(departure: Departure, airline: str | None) -> Enriched:
    return Enriched(airline or "unknown", departure.flight, departure.weather)


@enriched.select_key
def by_flight(seen: Enriched) -> str:
    flight = seen.flight
    return f"{flight.carrier}{flight.number} {flight.origin} {flight.scheduled}"


by_flight.to("enriched")


@enriched.group_by_key().aggregate(initial=Delays)
def rolling(delays: Delays, seen: Enriched) -> Delays:
    return delays.plus(seen.flight)


rolling.map_values(average).to("delay-per-airline")


# And here the aeroplane, and then who built it.
@flown.select_key
def tails(flight: Flight) -> str:
    return flight.tail or "unknown"


@tails.join(planes, how="left")
def built(_flight: Flight, plane: Plane | None) -> str:
    return plane.manufacturer if plane else "unknown"


@built.group_by
def manufacturers(name: str) -> str:
    return name


manufacturers.count(name="manufacturers").to("flights-per-manufacturer")

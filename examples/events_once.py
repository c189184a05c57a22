"""Each event once, however often its sender repeats it within ten minutes.

    $ echo 'ann:{"id": "7", "text": "paid", "at": 0}' > sent.txt
    $ cat sent.txt sent.txt | streamz topics produce events -K : --app events_once.py
    $ streamz run events_once.py --until end
    $ streamz topics consume events-once -e --app events_once.py
    {"id":"7","text":"paid","at":0}

What was seen is in a store, so a crash forgets nothing.
"""

from collections.abc import Iterator, MutableMapping

from attrs import frozen

from streamz_core import App, Context, Record

app = App("events-once")
WITHIN_MS = 10 * 60 * 1000


@frozen
class Event:
    id: str
    text: str
    at: int  # ms UTC


def happened_at(record: Record[str, Event], _partition_time: int) -> int:
    return record.value.at


events = app.stream("events", key=str, value=Event, timestamp=happened_at)
seen = app.store("seen", key=str, value=int)  # the id of an event -> when it came last


@events.process_values(store=seen)
def once(
    record: Record[str, Event], _context: Context, seen: MutableMapping[str, int]
) -> Iterator[Record[str, Event]]:
    before = seen.get(record.value.id)
    seen[record.value.id] = record.timestamp
    if before is None or record.timestamp - before > WITHIN_MS:
        yield record


once.to("events-once")

"""Each event once, however often its sender repeats it within ten minutes.

    $ echo 'ann:{"id": "7", "text": "paid", "at": 0}' > sent.txt
    $ cat sent.txt sent.txt | streamz topics produce events -K : --app events_once.py
    $ streamz run events_once.py --until end
    $ streamz topics consume events-once -e --app events_once.py
    {"id":"7","text":"paid","at":0}

What went on is kept in a store, so a crash forgets nothing.
"""

from attrs import frozen

from streamz_core import App, Record

app = App("events-once")


@frozen
class Event:
    id: str
    text: str
    at: int  # ms UTC


def happened_at(record: Record[str, Event], _partition_time: int) -> int:
    return record.value.at


events = app.stream("events", key=str, value=Event, timestamp=happened_at)


def event_id(event: Event) -> str:
    return event.id


once = events.deduplicate(by=event_id, within="10m", name="once")
once.to("events-once")

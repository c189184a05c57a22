"""The three songs of each genre that were played most: a processor with a store of its own.

    $ echo 'ann:{"song": "So What", "genre": "jazz"}' | streamz topics produce plays -K : --app top_songs.py
    $ streamz run top_songs.py --until end
    $ streamz query top_songs.py charts --all
    jazz    [{"song":"So What","genre":"jazz","plays":1}]

A processor gets the whole record, and yields none, one or several.
"""

from collections.abc import Iterator, MutableMapping

from attrs import frozen

from streamz_core import App, Context, Record

app = App("top-songs")
TOP = 3


@frozen
class Play:
    song: str
    genre: str


@frozen
class Place:
    song: str
    genre: str
    plays: int = 0


plays = app.stream("plays", key=str, value=Play)
charts = app.store("charts", key=str, value=list[Place])


@plays.group_by
def by_song(play: Play) -> str:
    return play.song


@by_song.aggregate(initial=lambda: Place("", ""))
def counted(place: Place, play: Play) -> Place:
    return Place(play.song, play.genre, place.plays + 1)


@counted.to_stream
def by_genre(place: Place) -> str:
    return place.genre


@by_genre.repartition(name="genres").process_values(store=charts)
def top(
    record: Record[str, Place], _context: Context, charts: MutableMapping[str, list[Place]]
) -> Iterator[Record[str, list[Place]]]:
    before = charts.get(record.key, [])
    others = [place for place in before if place.song != record.value.song]
    after = sorted([*others, record.value], key=lambda place: (-place.plays, place.song))[:TOP]
    if after != before:
        charts[record.key] = after
        yield record.with_value(after)


top.to("top-songs")

"""The charts, held against a count of everything."""

from collections import Counter

from examples.top_songs import TOP, Place, Play, by_genre, by_song, counted


def plays(count):
    """Songs of three genres, some more popular than others; a song is of one genre."""
    for number in range(count):
        song = (number * number + number // 3) % 24
        genre = ["jazz", "soul", "funk"][song % 3]
        yield f"user-{number % 10}", Play(f"song-{song:02}", genre), number


def charts(rows):
    found = Counter((play.genre, play.song) for _, play, _ in rows)
    places = sorted(found.items(), key=lambda row: (-row[1], row[0][1]))
    return {
        genre: [Place(song, genre, n) for (of, song), n in places if of == genre][:TOP]
        for genre in {genre for genre, _ in found}
    }


def test_the_functions_are_functions():
    place = counted(counted(Place("", ""), Play("So What", "jazz")), Play("So What", "jazz"))
    assert place == Place("So What", "jazz", 2)
    assert by_song(Play("So What", "jazz")) == "So What"
    assert by_genre(place) == "jazz"


def test_what_its_docstring_says(example):
    assert example.story() == example.told()


def test_a_chart_is_told_when_it_changed(example):
    with example.app.test(partitions=3) as t:
        for song in "abcdd":
            t.topic("plays").send("ann", Play(song, "jazz"), timestamp=0)
        told = [record.value for record in t.topic("top-songs").records()]
        assert [[place.song for place in chart] for chart in told] == [
            ["a"],
            ["a", "b"],
            ["a", "b", "c"],
            ["d", "a", "b"],
        ]
        assert t.store("charts")["jazz"] == told[-1]


def test_a_killed_worker_is_not_to_be_seen(example):
    rows = list(plays(600))
    example.run_and_kill("plays", rows)
    assert example.last("top-songs") == charts(rows)

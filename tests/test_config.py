"""Settings: three spellings, four places they come from, and what is refused how."""

import attrs
import pytest

from streamz_core.config import REFUSED, Config, dotted, make_config, unknown_variables
from streamz_core.errors import Misuse


def test_a_setting_has_three_spellings():
    for key in ("commit_interval_ms", "commit.interval.ms", "commit-interval-ms"):
        assert make_config({key: 7}).commit_interval_ms == 7


def test_the_later_place_holds():
    given, environ = {"commit_interval_ms": 1}, {"STREAMZ_COMMIT_INTERVAL_MS": "2"}
    assert make_config({}).commit_interval_ms == 100
    assert make_config(given).commit_interval_ms == 1
    assert make_config(given, environ).commit_interval_ms == 2
    assert make_config(given, environ, {"commit.interval.ms": "3"}).commit_interval_ms == 3


def test_other_variables_of_the_environment_are_nobodys_business():
    assert make_config({}, {"STREAMZ_HOME": "/x", "COMMIT_INTERVAL_MS": "2"}) == Config()


@pytest.mark.parametrize(
    "variable, says",
    [
        ("STREAMZ_COMIT_INTERVAL_MS", "did you mean STREAMZ_COMMIT_INTERVAL_MS?"),
        ("STREAMZ_COMMIT.INTERVAL_MS", "did you mean STREAMZ_COMMIT_INTERVAL_MS?"),
        ("streamz_durability", "did you mean STREAMZ_DURABILITY?"),
        ("STREAMZ_HOMES", "did you mean STREAMZ_HOME?"),
        ("STREAMZ_MAX_POLL_INTERVAL", "did you mean STREAMZ_MAX_POLL_INTERVAL_MS?"),
        ("STREAMZ_CACHE_MAX_BYTES_BUFFERING", "there is no record cache"),
        ("STREAMZ_", "it is left alone"),
        ("STREAMZ_QQQ", "it is left alone"),
    ],
)
def test_a_variable_that_is_no_setting_is_told_once(variable, says, caplog):
    environ = {variable: "5", "STREAMZ_HOME": "/x", "STREAMZ_DURABILITY": "process", "PATH": ""}
    (told,) = unknown_variables(environ)
    assert told.startswith(f"{variable}: there is no such setting; ")
    assert says in told
    for _ in range(2):
        assert make_config({}, environ).durability == "process"
    assert [each.getMessage() for each in caplog.records] == [told]


@pytest.mark.parametrize(
    "key, value, told",
    [
        (
            "comit.interval.ms",
            1,
            "unknown setting 'comit.interval.ms'; did you mean commit.interval",
        ),
        ("zzz", 1, "unknown setting 'zzz'; there are commit.interval.ms, poll.records.max"),
        ("statestore.cache.max.bytes", 1, "there is no record cache"),
        (
            "num.stream.threads",
            4,
            "num.stream.threads is not a setting here: workers are processes",
        ),
        ("application.id", "a", "application.id is not a setting here: it is the name of the app"),
        ("max.poll.records", 5, "is not a setting here: it is called poll.records.max"),
        ("bootstrap.servers", "x:9092", "the log is a directory, App(home=)"),
        ("auto.offset.reset", "latest", "app.stream(topic, offset_reset=)"),
        ("durability", "disk", "durability = 'disk'; it can be 'keep', 'power', 'process'"),
        (
            "commit_interval_ms",
            -1,
            "commit.interval.ms = -1; it must be a whole number from 0 to 36",
        ),
        ("commit_interval_ms", 3_600_001, "it must be a whole number from 0 to 3600000"),
        ("commit_interval_ms", True, "commit.interval.ms = True; it must be a whole number"),
        ("commit_interval_ms", 1.5, "commit.interval.ms = 1.5; it must be a whole number"),
        ("commit_interval_ms", "soon", "commit.interval.ms = 'soon'; it must be a whole number"),
    ],
)
def test_what_cannot_be_is_told_with_its_way_out(key, value, told):
    with pytest.raises(Misuse) as caught:
        make_config({key: value})
    assert told in str(caught.value)


@pytest.mark.parametrize("field", attrs.fields(Config), ids=lambda field: field.name)
def test_a_row_of_the_table_is_whole(field):
    field.validator(None, field, field.default)
    does = field.metadata["does"]
    assert does.endswith(".")
    assert len(does) > 30
    assert "|" not in does
    assert field.metadata["since"]


def test_limits_are_within():
    for edge in (0, 3_600_000):
        assert make_config({"commit_interval_ms": edge}).commit_interval_ms == edge


def test_several_words_stand_with_commas_between():
    both = "merge.repartition.topics, reuse.ktable.source.topics"
    words = ("all", both, "reuse.ktable.source.topics")
    assert all(Config(topology_optimization=word).reuses_topics for word in words)
    for word in ("none", "merge.repartition.topics", "single.store.self.join"):
        assert not Config(topology_optimization=word).reuses_topics
    for wrong in ("reuse", "all;none", 1, ""):
        with pytest.raises(Misuse, match=r"topology\.optimization = .*it can be 'none', 'all'"):
            Config(topology_optimization=wrong)


def test_what_is_refused_is_no_setting():
    assert not set(REFUSED) & {field.name for field in attrs.fields(Config)}
    names = {field.metadata["kafka"].replace(".", "_") for field in attrs.fields(Config)}
    for name, why in REFUSED.items():
        assert name == name.lower()
        assert (name in names) == why.startswith("it is called"), name
    assert dotted("cache_max_bytes_buffering") == "cache.max.bytes.buffering"


@pytest.mark.parametrize("text", ["fast", "-1", "1.5", ""])
def test_a_variable_that_is_wrong_is_named(text):
    """Nobody sees it in the program; `--set` goes before it, and what it says then is nobody's."""
    environ = {"STREAMZ_COMMIT_INTERVAL_MS": text}
    with pytest.raises(Misuse, match=r"so says the variable STREAMZ_COMMIT_INTERVAL_MS\)$"):
        make_config({"commit_interval_ms": 5}, environ)
    assert make_config({}, environ, {"commit.interval.ms": "7"}).commit_interval_ms == 7
    with pytest.raises(Misuse, match=r"commit.interval.ms = 'soon'; it must be a whole number$"):
        make_config({}, environ, {"commit.interval.ms": "soon"})

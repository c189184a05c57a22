"""Timers in real workers of which one is killed: by stream time exactly, by the wall clock nothing lost or doubled."""

import os
import signal
from collections import Counter

from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from tests.cli.terminal import Running

APP = """
from streamz_core import App, Record

app = App("ticks", topic_partitions=2, durability="process")
sums = app.store("sums", key=str, value=int)
held = app.store("held", key=str, value=int)


@app.stream("in", key=str, value=int).process(stores=[sums, held], key=str, value=int)
def taken(record, context, sums, held):
    sums[record.key] = sums.get(record.key, 0) + record.value
    held[f"{record.key}{record.offset}"] = record.value
    yield from ()


@taken.punctuate("10ms", store=sums)
def told(time, context, sums):
    for key, value in sums.items():
        yield Record(key, value, time).to("tell")


@taken.punctuate("20ms", clock="wall", store=held)
def let_go(time, context, held):
    for key, value in list(held.items()):
        del held[key]
        yield Record(key, value, time).to("drop")


taken.to("sums", name="tell")
taken.to("gone", name="drop")
"""
KEYS = "abcd"
RECORDS = [(KEYS[(7 * n + n // 3) % 4], n % 7, 3 * n - (n % 5) * 4 + 20) for n in range(400)]


def by_stream_time(records):
    """What `told` gives for the records of one partition: a plain loop."""
    sums, due, time, found = {}, 0, -1, []
    for key, value, timestamp in records:
        sums[key] = sums.get(key, 0) + value
        time = max(time, timestamp)
        if time >= due:
            found += [(each, sums[each], time) for each in sorted(sums)]
            due = time - time % 10 + 10
    return found


def read(watch, topic):
    """Key, value, timestamp of what is in a topic, by partition."""
    backend = watch.broker.backend
    backend.watch([topic])
    backend.refresh()
    found = []
    for partition in range(backend.topic(topic).partitions):
        found.append([])
        for batch in backend.fetch(topic, partition, 0, bytes_max=1 << 60):
            keys, values = STR.decode_all(batch.keys), INT.decode_all(batch.values)
            found[-1] += zip(keys, values, batch.timestamps, strict=True)
    return found


def test_a_killed_worker_takes_no_tick_with_it(cli, tmp_path, watch):
    (tmp_path / "app.py").write_text(APP)
    with (
        Running("app.py", "--workers", 2, cwd=tmp_path) as run,
        Producer(watch.broker, key=STR, value=INT) as producer,
    ):
        owners = watch.until(lambda: watch.owners("ticks", 2), "two workers own all tasks")
        for at, (key, value, timestamp) in enumerate(RECORDS):
            producer.send("in", value, key=key, timestamp=timestamp)
            if at % 20 == 0:
                producer.flush()
            if at == len(RECORDS) // 2:
                os.kill(owners["taken/0"], signal.SIGKILL)
        producer.flush()
        watch.until(lambda: watch.consumed("ticks", "in"), "everything is consumed")
        watch.until(
            lambda: sum(map(len, read(watch, "gone"))) >= len(RECORDS), "everything is let go"
        )
        run.send(signal.SIGTERM)
        assert run.wait() == 0, run.talk
        assert f"worker {owners['taken/0']} was ended by SIGKILL" in run.talk
    came = read(watch, "in")
    assert all(came)
    assert read(watch, "sums") == [by_stream_time(part) for part in came]
    gone = Counter((key[0], value) for part in read(watch, "gone") for key, value, _ in part)
    assert gone == Counter((key, value) for key, value, _ in RECORDS)

"""What is seen of a log from outside."""

from streamz_core.log.inspection.survey import survey
from tests.log.conftest import send


def surveyed(log):
    return survey(log.env, log.layout, log.identity)


def test_a_log_is_told_by_its_files_and_its_chain(opened):
    log = opened()
    log.create_topic("t", 2, {})
    send(log, [b"a", b"b"])
    send(log, [b"x" * 5000])
    log.join(["t"], "g", {})
    log.acknowledge(log.state.lsn)
    found = surveyed(log)
    assert found.kinds == {"COMMIT": 2, "MEMBER": 1, "TOPIC": 1}
    assert (found.commits, found.durable, found.why) == (4, 4, "")
    assert (found.topics, found.partitions, found.records, found.members) == (1, 2, 3, 1)
    (segment,) = found.segments
    assert (segment.number, segment.after) == (1, 0)
    assert segment.bytes == len(log.env.read(log.layout.segment(1)))
    (writer,) = found.writers
    assert (writer.incarnation, writer.files, writer.member) == (log.incarnation, 1, True)
    assert writer.bytes > 5000


def test_a_writer_that_is_gone_is_no_member(opened):
    log = opened()
    log.create_topic("t", 1, {})
    send(log, [b"x" * 5000])
    log.close()
    (writer,) = surveyed(opened()).writers
    assert not writer.member


def test_damage_stops_the_reading_and_is_told(opened, machine):
    log = opened()
    log.create_topic("t", 1, {})
    for value in (b"one", b"two", b"three"):
        send(log, [value])
    path = log.layout.segment(1)
    at = log.env.read(path).index(b"two") - 40
    file = machine.process().open(path, write=True)
    file.pwrite(b"?", at)
    file.close()
    found = surveyed(log)
    assert found.commits == 2
    assert path in found.why

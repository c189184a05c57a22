"""What only the database in memory has: it copies rows when somebody reads them, and not else."""

from streamz_state import WriteBatch, open_memory
from tests.state.check_database import everything, fill, k, numbered


def test_writes_copy_nothing_when_nobody_reads():
    database = open_memory()
    fill(database, numbered(10))
    rows = database._rows
    assert everything(database) == numbered(10)
    next(database.scan(b"", None))
    database.snapshot().close()
    fill(database, numbered(20))
    assert database._rows is rows


def test_writes_copy_once_for_those_who_read():
    database = open_memory()
    fill(database, numbered(10))
    rows = database._rows
    snapshot = database.snapshot()
    fill(database, numbered(20))
    copied = database._rows
    fill(database, numbered(30))
    assert rows is not copied is database._rows
    assert everything(snapshot) == numbered(10)


def test_overwriting_keeps_the_order_of_keys():
    database = open_memory()
    fill(database, numbered(10))
    everything(database)
    keys = database._keys
    fill(database, numbered(10, b"new"))
    assert everything(database) == numbered(10, b"new")
    assert database._keys is keys


def test_a_key_deleted_and_put_in_one_batch_is_there_once():
    database = open_memory()
    fill(database, numbered(3))
    database.write(WriteBatch(puts=[(k("00001"), b"new")], deletes=[k("00001")]), None)
    assert [key for key, _ in everything(database)] == [key for key, _ in numbered(3)]

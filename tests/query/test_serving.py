"""A worker that can be asked: before it joins, while it works, and not afterwards."""

import socket

import pytest

from streamz_core.query.routing import ADDRESS
from streamz_core.query.serving import serving
from tests.query.test_server import Asked


class At:
    """What `Asked` needs of a worker."""

    def __init__(self, address):
        self.port = int(address.partition(":")[2])


@pytest.fixture
def info(place):
    """What the members of the app say of themselves."""

    def told():
        place.backend.refresh()
        return [dict(worker.info) for worker in place.backend.workers("counting")]

    return told


def test_its_record_says_where_it_answers_until_it_ends(place, info):
    with serving(place.job, place.env, place.home) as worker:
        (told,) = info()
        at = At(told[ADDRESS])
        assert told["pid"] == place.env.pid()
        place.send("a", "one")
        while worker.step() or worker.commit():
            continue
        assert Asked(at, "/stores/counts/keys/a").body["value"] == 1
        worker.close()
        assert info() == []
        assert Asked(at, "/stores/counts/keys/a").status == 503
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", at.port), timeout=1)


def test_one_that_nobody_may_ask_says_no_address(place, info):
    with serving(place.job, place.env, place.home, http=False) as worker:
        (said,) = info()
        assert said["pid"] == place.env.pid()
        assert ADDRESS not in said
        worker.close()


def test_an_error_of_the_worker_ends_the_server_too(place, info):
    def fail():
        with serving(place.job, place.env, place.home) as worker:
            addresses.append(info()[0][ADDRESS])
            worker.close()
            raise ZeroDivisionError

    addresses = []
    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", At(addresses[0]).port), timeout=1)

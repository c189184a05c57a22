"""The server of a worker: what it answers, what it refuses, and that no client can wear it down."""

import json
import socket
from http.client import HTTPConnection
from unittest.mock import Mock
from urllib.parse import quote

import pytest

from streamz_core.errors import Corrupt
from streamz_core.query import server
from streamz_core.query.routing import Shards
from tests.query.counting import PARTITIONS

HOST = "127.0.0.1"


class Asked:
    """One GET over a connection of its own."""

    def __init__(self, worker, path, **headers):
        connection = HTTPConnection(HOST, worker.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            self.status, self.headers = response.status, response.headers
            self.body = json.loads(response.read())
        finally:
            connection.close()

    @property
    def kind(self):
        """That of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.body["status"] == self.status
        return self.body["type"].rpartition(":")[2]


def raw(worker, data, *, more=b""):
    """Everything the server sends for these bytes until it hangs up."""
    with socket.create_connection((HOST, worker.port), timeout=10) as connection:
        connection.sendall(data)
        if more:
            connection.sendall(more)
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got


def request(worker, line="GET /stores HTTP/1.1", *headers, host=None):
    host = f"{HOST}:{worker.port}" if host is None else host
    lines = [line, *([f"Host: {host}"] if host else []), *headers, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


# ---- answers


def test_it_listens_on_loopback_only(running):
    assert running.address.startswith("127.0.0.1:")
    assert running.server._listener.socket.getsockname()[0] == "127.0.0.1"


def test_what_there_is(running):
    told = Asked(running, "/stores").body
    assert told["app"] == "counting"
    assert [store["name"] for store in told["stores"]] == [
        "brief",
        "counts",
        "said",
        "seen",
        "sizes",
    ]
    counts = Asked(running, "/stores/counts").body
    assert counts == {
        "name": "counts",
        "kind": "timestamped",
        "partitions": 2,
        "here": [0, 1],
        "restoring": [],
    }


def test_one_row_with_the_commit_it_is_of(running):
    for key, count in [("a", 2), ("b", 1), ("ü/?", 1)]:
        for store in ("counts", "brief"):
            told = Asked(running, f"/stores/{store}/keys/{quote(key, safe='')}")
            assert told.body == {"key": key, "value": count, "timestamp": 5}
            parts = Shards(*running.answers._find(store), PARTITIONS)
            state = running.shown.now.states[parts.task(parts.partition(key))]
            assert int(told.headers["X-Commit"]) == state.disk.position.commit


def test_windows_and_ranges(running, place):
    place.send("a", "late", timestamp=61_000)
    place.settle()
    rows = Asked(running, "/stores/sizes/windows/a").body["rows"]
    assert [(row["key"]["start"], row["value"]) for row in rows] == [(0, 8), (60_000, 4)]
    rows = Asked(running, "/stores/sizes/windows/a?from=1&to=60000").body["rows"]
    assert [row["key"]["start"] for row in rows] == [60_000]
    found = Asked(running, "/stores/counts/range?from=a&to=b").body
    assert [row["key"] for row in found["rows"]] == ["a", "b"]
    assert found["cursor"] is None


def test_a_range_goes_on_where_its_cursor_says(running):
    keys, cursor = [], ""
    while cursor is not None:
        told = Asked(running, f"/stores/counts/range?limit=1{cursor and '&cursor='}{cursor}").body
        keys += [row["key"] for row in told["rows"]]
        cursor = told["cursor"]
    assert keys == ["a", "b", "ü/?"]


def test_what_is_not_there_is_404_and_says_what(running):
    gone = Asked(running, "/stores/counts/keys/nope")
    assert (gone.status, gone.kind) == (404, "unknown-key")
    assert int(gone.headers["X-Commit"]) > 0
    assert Asked(running, "/stores/nope/keys/a").kind == "unknown-store"
    assert Asked(running, "/stores/nope").kind == "unknown-store"
    for path in ("/", "/etc/passwd", "/stores/counts/keys", "/../stores", "/stores?x=1"):
        told = Asked(running, path)
        assert (told.status, told.kind) == (404, "unknown-path")


def test_what_is_wrong_is_400(running):
    for path in (
        "/stores/counts/keys/%zz",
        "/stores/counts/keys/%ff",
        "/stores/counts/range?limit=x",
    ):
        told = Asked(running, path)
        assert (told.status, told.kind) == (400, "bad-request")


def test_a_key_cannot_write_headers(running):
    told = Asked(running, "/stores/counts/keys/a%0d%0aX-Evil:%201%0d%0a%0d%0a")
    assert told.status == 404
    assert "X-Evil" not in told.headers


# ---- what is no answer


def test_what_passes_is_503_and_says_when_to_ask_again(place):
    told = Asked(place.worker(), "/stores/counts/keys/a")
    assert (told.status, told.kind) == (503, "not-ready")
    assert told.headers["Retry-After"] == "1"


def test_a_part_of_another_worker_is_409(both):
    first, second = both
    (partition,) = Asked(second, "/stores/counts").body["here"]
    told = Asked(first, f"/stores/counts/range?partition={partition}")
    assert (told.status, told.kind) == (409, "not-owner")
    assert Asked(second, f"/stores/counts/range?partition={partition}").status == 200
    assert Asked(first, "/stores/counts/range?partition=17").status == 409


def test_what_fails_is_500_and_tells_no_secrets(running, monkeypatch):
    for error, says in [(Corrupt("block 7"), "block 7"), (KeyError("secret"), "its log says why")]:
        monkeypatch.setattr(running.answers, "ask", Mock(side_effect=error))
        told = Asked(running, "/stores/counts/keys/a")
        assert (told.status, told.kind) == (500, "failed")
        assert says in told.body["detail"]
        assert "secret" not in told.body["detail"]


# ---- what no client of ours sends


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1", "127.0.0.1:1", "a b"])
def test_a_foreign_host_is_refused(running, host):
    assert raw(running, request(running, host=host)).startswith(b"HTTP/1.1 403 ")


def test_two_hosts_are_refused_and_localhost_is_one(running):
    twice = request(running, "GET /stores HTTP/1.1", f"Host: {HOST}:{running.port}")
    assert raw(running, twice).startswith(b"HTTP/1.1 403 ")
    assert Asked(running, "/stores", Host=f"LOCALHOST:{running.port}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "FOO"])
def test_other_methods_are_405(running, method):
    got = raw(running, request(running, f"{method} /stores HTTP/1.1"))
    assert got.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: GET\r\n" in got


@pytest.mark.parametrize("header", ["Content-Length: 5", "Transfer-Encoding: chunked"])
def test_a_body_ends_the_connection(running, header):
    """What follows might be taken for a second request."""
    got = raw(
        running, request(running, "GET /stores HTTP/1.1", header) + b"GET /stores HTTP/1.1\r\n"
    )
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\x00\xff\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /stores HTTP/9.9\r\n\r\n",
        b"GET /stores HTTP/1.1.1\r\n\r\n",
        b"GET /a b c HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /stores HTTP/1.1\r\nA: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET /stores HTTP/1.1\r\n" + b"A: 1\r\n" * 200 + b"\r\n",
        b"GET /stores\r\n",
        b"GET /stores\r\n\r\n",
    ],
)
def test_garbage_is_refused_and_the_next_is_answered(running, data):
    with socket.create_connection((HOST, running.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            got = connection.recv(65536)
        except ConnectionResetError:
            got = b""
    assert b" 200 " not in got
    assert b"counts" not in got
    assert Asked(running, "/stores").status == 200


def test_requests_that_are_sent_at_once_are_answered_one_by_one(running):
    first = request(running, "GET /stores/counts/keys/a HTTP/1.1").replace(
        b"Connection: close\r\n", b""
    )
    got = raw(running, first + request(running, "GET /stores/counts/keys/b HTTP/1.1"))
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert got.index(b'"key":"a"') < got.index(b'"key":"b"')


# ---- what wears others down


def test_a_client_that_drips_is_hung_up_on(running, monkeypatch):
    monkeypatch.setattr(server, "REQUEST_S", 0.2)
    with socket.create_connection((HOST, running.port), timeout=10) as connection:
        try:
            for _ in range(100_000):
                connection.sendall(b"GET /stores HTTP/1.1\r\nA: b\r\n"[:1])
                connection.settimeout(0.05)
                try:
                    if connection.recv(1) == b"":
                        break
                except TimeoutError:
                    continue
            else:
                pytest.fail("it was listened to for ever")
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert Asked(running, "/stores").status == 200


def test_there_are_only_so_many_connections(running, monkeypatch):
    monkeypatch.setattr(server, "CONNECTIONS_MAX", 2)
    idle = [socket.create_connection((HOST, running.port), timeout=10) for _ in range(2)]
    try:
        got = raw(running, b"")
        assert got.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1" in got
    finally:
        for connection in idle:
            connection.close()


def test_the_end_of_the_server_ends_idle_connections(place):
    worker = place.worker()
    with socket.create_connection((HOST, worker.port), timeout=10) as connection:
        connection.sendall(request(worker).replace(b"Connection: close\r\n", b""))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        worker.close()
        assert connection.recv(1) == b""


def test_what_a_row_was(place):
    worker = place.worker().join()
    for value, timestamp in (("one", 10), ("three", 30), ("two", 20)):
        place.send("a", value, timestamp)
    place.settle()
    assert Asked(worker, "/stores/said/keys/a").body["value"] == "three"
    told = Asked(worker, "/stores/said/as_of/a?time=25").body
    assert told == {"key": "a", "value": "two", "timestamp": 20, "valid_to": 30}
    assert Asked(worker, "/stores/said/as_of/a").body["valid_to"] is None
    assert Asked(worker, "/stores/said/as_of/a?time=9").kind == "unknown-key"
    first = Asked(worker, "/stores/said/versions/a?limit=1&to=25").body
    assert [row["value"] for row in first["rows"]] == ["one"]
    rest = Asked(worker, f"/stores/said/versions/a?to=25&cursor={first['cursor']}").body
    assert ([row["value"] for row in rest["rows"]], rest["cursor"]) == (["two"], None)
    assert Asked(worker, "/stores/counts/as_of/a?time=5").status == 400

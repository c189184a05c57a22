"""One worker asked over HTTP: its answers, its refusals, and its silence."""

import socket
from threading import Thread

import pytest

from streamz_core.errors import Misuse, NotReady, StreamzError
from streamz_core.query.answers import Answers
from streamz_core.query.client import Client
from streamz_core.query.verbs import Keys, Range

KEY = Keys(store="counts", key="a")


@pytest.fixture
def spec(running):
    return running.answers.find("counts")


@pytest.fixture
def client(running):
    found = Client(running.address, 10.0)
    yield found
    found.close()


def test_a_row_comes_with_its_commit_and_one_that_is_not_there_too(client, running, spec):
    told = client.ask(KEY, spec)
    assert list(told.rows) == [{"key": "a", "value": 2, "timestamp": 5}]
    assert told.after is None
    none = client.ask(Keys(store="counts", key="nope"), spec)
    assert list(none.rows) == []
    assert min(told.commit, none.commit) > 0
    assert max(told.commit, none.commit) <= running.shown.now.settled


def test_a_page_says_where_it_goes_on(client, spec):
    first = client.ask(Range(store="counts", limit=2), spec)
    assert [row["key"] for row in first.rows] == ["a", "b"]
    assert first.after == "b"
    rest = client.ask(Range(store="counts", after=first.after), spec)
    assert [row["key"] for row in rest.rows] == ["ü/?"]
    assert rest.after is None


@pytest.mark.parametrize(
    "address", ["evil.example:80", "10.0.0.1:80", "127.0.0.1:80/x", "127.0.0.1", ""]
)
def test_an_address_elsewhere_is_not_asked(address):
    """A member record may not send us there."""
    with pytest.raises(Misuse, match=r"is not 127\.0\.0\.1:port"):
        Client(address, 1.0)


def test_it_connects_again_when_it_was_hung_up_on(client, running, spec):
    first = client.ask(KEY, spec)
    running.server._listener.hang_up()
    assert client.ask(KEY, spec) == first


def test_silence_is_not_ready(spec):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        client = Client(f"127.0.0.1:{port}", 0.05)
        with pytest.raises(NotReady, match=f"the worker at 127.0.0.1:{port} does not answer"):
            client.ask(KEY, spec)
        client.close()


def test_a_part_of_another_worker_is_not_ready(client, spec):
    with pytest.raises(NotReady, match="does not own brief/17"):
        client.ask(Range(store="counts", partition=17), spec)


def test_a_question_that_is_wrong_is_misuse_and_names_the_request(client, spec):
    with pytest.raises(Misuse, match=r"refused /stores/nope/keys/a: app counting has no store"):
        client.ask(Keys(store="nope", key="a"), spec)


def test_a_worker_that_fails_says_that_it_did(client, spec, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Answers, "ask", fail)
    with pytest.raises(StreamzError, match="failed: the worker cannot answer this"):
        client.ask(KEY, spec)


@pytest.fixture
def liar():
    """`liar(body)`: the address of somebody who gives this for a good answer, once."""
    threads = []

    def serve(listener, body):
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + body)

    def start(body):
        listener = socket.create_server(("127.0.0.1", 0))
        threads.append(Thread(target=serve, args=(listener, body)))
        threads[-1].start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"rows":[]}', b'{"rows":[],"cursor":7}'])
def test_an_answer_that_is_none_is_told(liar, spec, body):
    client = Client(liar(body), 10.0)
    with pytest.raises(StreamzError, match="a worker's answer cannot be read"):
        client.ask(Range(store="counts"), spec)
    client.close()

"""What the server says when it cannot answer: RFC 9457 problem details."""

from __future__ import annotations

import json
from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1


class Problem(Exception):
    """An answer that is none. `kind` is stable, for programs; `detail` is a sentence for people."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail

    @property
    def passing(self) -> bool:
        """Whether asking again later may succeed."""
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE

    def body(self) -> bytes:
        """The problem as its media type wants it."""
        told = {
            "type": f"urn:streamz:problem:{self.kind}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        return json.dumps(told).encode()


def bad_request(detail: str) -> Problem:
    """The request is wrong; sent again it stays wrong."""
    return Problem(HTTPStatus.BAD_REQUEST, "bad-request", detail)


def not_found(kind: str, detail: str) -> Problem:
    """`kind` tells an unknown store or path from a key without a row."""
    return Problem(HTTPStatus.NOT_FOUND, kind, detail)


def not_owner(detail: str) -> Problem:
    """Another worker answers for this: ask the chain again."""
    return Problem(HTTPStatus.CONFLICT, "not-owner", detail)


def not_ready(detail: str) -> Problem:
    """Starting, restoring or moving: ask again soon."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", detail)


def kind_of(body: bytes) -> tuple[str, str]:
    """(kind, detail) of a problem somebody else told; ("", text) for anything else."""
    try:
        told = json.loads(body)
        return str(told["type"]).rpartition(":")[2], str(told["detail"])
    except (ValueError, TypeError, KeyError):
        return "", body[:200].decode(errors="replace")

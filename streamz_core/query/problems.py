"""What the server says when it cannot answer: RFC 9457 problem details."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1


class Problem(Exception):
    """An answer that is none. `kind` is stable, for programs; `detail` is a sentence for people."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}

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


def not_found(kind: str, detail: str, headers: Mapping[str, str] | None = None) -> Problem:
    """`kind` tells an unknown store or path from a key without a row."""
    return Problem(HTTPStatus.NOT_FOUND, kind, detail, headers)


def method_not_allowed(methods: Sequence[str]) -> Problem:
    """The path, or the whole server, knows these methods only."""
    allowed = ", ".join(methods)
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "bad-request",
        f"only {allowed} is served",
        {"Allow": allowed},
    )


def forbidden(kind: str, detail: str) -> Problem:
    """Whoever asks so is not to be answered."""
    return Problem(HTTPStatus.FORBIDDEN, kind, detail)


def failed(detail: str) -> Problem:
    """The fault is on this side."""
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", detail)


def not_owner(detail: str) -> Problem:
    """Another worker answers for this: ask the chain again."""
    return Problem(HTTPStatus.CONFLICT, "not-owner", detail)


def not_ready(detail: str) -> Problem:
    """Starting, restoring or moving: ask again soon."""
    again = {"Retry-After": str(RETRY_AFTER_S)}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", detail, again)


def kind_of(body: bytes) -> tuple[str, str]:
    """(kind, detail) of a problem somebody else told; ("", text) for anything else."""
    try:
        told = json.loads(body)
        return str(told["type"]).rpartition(":")[2], str(told["detail"])
    except (ValueError, TypeError, KeyError):
        return "", body[:200].decode(errors="replace")

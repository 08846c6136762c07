"""A small HTTP client: one kept connection, JSON both ways, no redirects followed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

API = "/api/v1"
TIMEOUT_S = 30
OK_BELOW = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and the JSON object (empty when there was none)."""

    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Tell whether the service did what was asked."""
        return self.status < OK_BELOW

    @property
    def problem(self) -> str:
        """The slug of a problem answer."""
        return str(self.body.get("type", "")).rsplit("/", 1)[-1]

    def __str__(self) -> str:
        return f"{self.status} {json.dumps(self.body, ensure_ascii=False)[:600]}"


class Failed(Exception):
    """A request that had to succeed did not."""

    def __init__(self, asked: str, answer: Answer) -> None:
        super().__init__(f"{asked} answered {answer}")
        self.answer = answer


class Client:
    """Talks to one service."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.url = url.rstrip("/")
        self.prefix = parts.path.rstrip("/")
        self.connection = kind(parts.netloc, timeout=TIMEOUT_S)
        self.requests = 0

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str = "",
        key: str = "",
    ) -> Answer:
        """Send one request and return whatever comes back. `key` is the idempotency key."""
        headers = {"Accept": "application/json", "Accept-Language": "en"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else None
        status, raw = self._exchange(method, self.prefix + path, data, headers)
        return Answer(status, decoded(raw))

    def api(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str = "",
        key: str = "",
    ) -> Answer:
        """Send a request under the API's prefix."""
        return self.send(method, API + path, body, token=token, key=key)

    def must(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a nameless request that has to succeed and return its object; raises Failed."""
        answer = self.api(method, path, body)
        if not answer.ok:
            raise Failed(f"{method} {path}", answer)
        return answer.body

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        self.requests += 1
        try:
            return self._once(method, path, data, headers)
        except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A server may close a connection that was idle; every write here carries its own key.
            self.connection.close()
            return self._once(method, path, data, headers)

    def _once(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        self.connection.request(method, path, data, headers)
        response = self.connection.getresponse()
        return response.status, response.read()


def decoded(raw: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else is shown as text."""
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        return {"text": raw[:300].decode(errors="replace")}
    return found if isinstance(found, dict) else {"items": found}

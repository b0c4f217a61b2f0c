"""Short HTTP requests to what the sandbox runs on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import urllib3

_SECONDS = 30.0


class AnswerError(Exception):
    """A server answered with an error, or not at all."""

    def __init__(self, status: int, message: str) -> None:
        """`status` is the HTTP status, 0 when there was no answer; `message` says what came."""
        super().__init__(message)
        self.status = status


def call(
    method: str,
    url: str,
    body: Any = None,
    *,
    token: str | None = None,
    authority: Path | None = None,
    seconds: float = _SECONDS,
) -> Any:
    """Send a request, with `body` as JSON, and return the decoded answer.

    JSON is decoded, other text returned as it is, None for an empty answer. `authority` is the PEM
    file that an https server's certificate is checked against. Raises AnswerError.
    """
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urllib3.PoolManager(ca_certs=None if authority is None else str(authority)) as pool:
            answer = pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=seconds,
                retries=False,
            )
    except urllib3.exceptions.HTTPError as error:
        raise AnswerError(0, f"{method} {url}: {error}") from error
    text = answer.data.decode(errors="replace")
    if answer.status >= 400:
        raise AnswerError(answer.status, f"{method} {url}: HTTP {answer.status}: {text[:500]}")
    return _decoded(text)


def answers(
    url: str, *, token: str | None = None, authority: Path | None = None, seconds: float = 2.0
) -> bool:
    """Whether a GET of `url` succeeds now."""
    try:
        call("GET", url, token=token, authority=authority, seconds=seconds)
    except AnswerError:
        return False
    return True


def _decoded(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text

"""What stands in for the network below botocore: real clients, and answers that a test decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Sent:
    """One request as it went out."""

    action: str
    key_id: str
    """Whose signature it carries."""
    host: str
    body: dict[str, str]


@dataclass
class Wire:
    """STS and whatever speaks the same protocol."""

    accounts: dict[str, str] = field(default_factory=dict)
    """Of which account a key is, by its id; sessions are of their role's."""
    refusals: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """By action: status, code and message."""
    lasts: timedelta = HOUR
    """How long a session lasts."""
    sent: list[Sent] = field(default_factory=list)
    _sessions: dict[str, str] = field(default_factory=dict)

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """In place of `URLLib3Session.send`."""
        sent = _read(request)
        self.sent.append(sent)
        if sent.action in self.refusals:
            status, code, message = self.refusals[sent.action]
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return _answer(request, status, f"<ErrorResponse>{error}</ErrorResponse>")
        told = {"AssumeRole": self._assumed, "GetCallerIdentity": self._caller}
        inner = told[sent.action](sent) if sent.action in told else ""
        result = f"<{sent.action}Result>{inner}</{sent.action}Result>"
        return _answer(request, 200, f"<{sent.action}Response>{result}</{sent.action}Response>")

    def actions(self, key_id: str | None = None) -> list[str]:
        """What was asked, by whom."""
        return [sent.action for sent in self.sent if key_id in (None, sent.key_id)]

    def _assumed(self, sent: Sent) -> str:
        key_id = f"ASIA{len(self._sessions):016d}"
        self._sessions[key_id] = sent.body["RoleArn"]
        ends = (datetime.now(UTC) + self.lasts).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"<Credentials><AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            f"<SessionToken>t</SessionToken><Expiration>{ends}</Expiration></Credentials>"
        )

    def _caller(self, sent: Sent) -> str:
        role = self._sessions.get(sent.key_id)
        if role is None:
            account = self.accounts[sent.key_id]
            arn = f"arn:aws:iam::{account}:user/op"
        else:
            account, name = role.split(":")[4], role.rpartition("/")[2]
            arn = f"arn:aws:sts::{account}:assumed-role/{name}/session"
        return f"<Arn>{arn}</Arn><Account>{account}</Account><UserId>u</UserId>"


def instead_of_the_network(
    monkeypatch: pytest.MonkeyPatch, send: Callable[[AWSPreparedRequest], AWSResponse]
) -> None:
    """For one test: requests of botocore go to `send`, and the operator's own key is AKIAOWN."""
    monkeypatch.setattr(URLLib3Session, "send", lambda _session, request: send(request))
    # botocore sleeps between the attempts of a call.
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-operator")
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The network, for one test; the operator's own key is of account 111122223333."""
    found = Wire(accounts={"AKIAOWN": "111122223333"})
    instead_of_the_network(monkeypatch, lambda request: found.send(request))
    return found


def _read(request: AWSPreparedRequest) -> Sent:
    body = {name: values[0] for name, values in parse_qs(_text(request.body)).items()}
    signed = re.search(r"Credential=(\w+)/", _text(request.headers["Authorization"]))
    host = urlsplit(request.url).hostname or ""
    return Sent(body.get("Action", ""), signed[1] if signed else "", host, body)


def _text(told: Any) -> str:
    return told.decode() if isinstance(told, bytes) else str(told or "")


@dataclass
class Body:
    """What a response is read from."""

    data: bytes

    def stream(self) -> Sequence[bytes]:
        return (self.data,)


def headers(content_type: str) -> HTTPHeaders:
    found = HTTPHeaders()
    found["Content-Type"] = content_type
    return found


def _answer(request: AWSPreparedRequest, status: int, text: str) -> AWSResponse:
    return AWSResponse(request.url, status, headers("text/xml"), Body(text.encode()))

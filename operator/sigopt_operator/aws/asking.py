"""Asks AWS again, inside a call, where an answer cannot be understood.

botocore does so where a connection breaks, and where AWS fails; an answer that was cut off as if it
were whole is nothing to it, or the end of the call. Without this, a round of thirty calls would
fail for one of them, and a share of such answers that nobody else notices would be hours of delay.
"""

from __future__ import annotations

from http.client import responses
from typing import Any, Final

import botocore.session
from botocore.parsers import ResponseParser, ResponseParserFactory

from sigopt_operator.aws import answers
from sigopt_operator.aws.errors import UNREADABLE, AwsError

ATTEMPTS: Final = 3
"""Inside a call, whatever they fail of; beyond that the next round is the retry."""
PAUSE: Final = 0.1
"""Seconds before another one: what is cut off once is whole the next time, or it stays so."""


def attach(session: botocore.session.Session) -> None:
    """Judge every answer to a session's clients, those that are made from now on.

    A call whose last answer cannot be understood raises AwsError.
    """
    session.register_component("response_parser_factory", _Parsers())
    events: Any = session.get_component("event_emitter")
    events.register("needs-retry", _judged)


def _judged(response: Any, operation: Any, attempts: int, **_: Any) -> float | None:
    """A handler of botocore's: the seconds until the next attempt, if there is to be one."""
    if response is None:
        return None  # no answer came: botocore's own to try again
    http, _parsed = response
    try:
        answers.judge(http.status_code, http.content, operation)
    except AwsError:
        if attempts >= ATTEMPTS:
            raise
        return PAUSE
    return None


class _Parsers(ResponseParserFactory):
    """Of whose parsers none ends a call before the answer was judged."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return _Parser(super().create_parser(protocol_name))


class _Parser(ResponseParser):
    def __init__(self, inner: ResponseParser) -> None:
        super().__init__()
        self._inner = inner

    def parse(self, response: Any, shape: Any) -> Any:
        try:
            return self._inner.parse(response, shape)
        except UNREADABLE:
            status = response["status_code"]
            told: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": status}}
            if status >= 300:  # as botocore tells a failure that has no body
                told["Error"] = {"Code": str(status), "Message": responses.get(status, "")}
            return told

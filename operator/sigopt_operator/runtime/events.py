"""Events of the management cluster: counted rather than repeated, and never in anybody's way."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Literal

import urllib3.exceptions
from kubernetes import client

from sigopt_operator.api import resource
from sigopt_operator.api.redaction import redact
from sigopt_operator.runtime.errors import told
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.logging import about

log = logging.getLogger(__name__)

EventType = Literal["Normal", "Warning"]

COMPONENT: Final = "sigopt-operator"
WINDOW: Final = timedelta(hours=1)
"""As long as the API server keeps an event by default (--event-ttl)."""
LONGEST: Final = 1024
"""Bytes of a message; the limit of events.k8s.io/v1."""


@dataclass(frozen=True)
class _Said:
    """An event that stands in the cluster: its name, how often it was said, and when first."""

    name: str
    count: int
    first: datetime


@dataclass(frozen=True)
class _What:
    """Events that are alike in this are one event, counted."""

    key: Key
    uid: str
    event_type: EventType
    reason: str
    message: str


class Recorder:
    """Posts events about SigOptClusters. Safe to use from many threads."""

    def __init__(
        self,
        core: Any,
        reporter: str,
        *,
        timeout: tuple[float, float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`core` is a CoreV1Api; `reporter` the id of this operator; `timeout` in seconds."""
        self._core = core
        self._reporter = reporter
        self._timeout = timeout
        self._now = now
        self._lock = threading.Lock()
        self._said: dict[_What, _Said] = {}

    def record(self, key: Key, uid: str, event_type: EventType, reason: str, message: str) -> None:
        """Post the event, or count it if it stands already; a failure is only logged."""
        what = _What(key, uid, event_type, reason, cut(redact(message)))
        now = self._now()
        try:
            self._remember(what, self._post(what, self._recall(what, now), now))
        except (ValueError, RecursionError):  # the client's, about the form of an answer
            log.warning("event %s: the answer is no event", reason, extra=about(key))
        except (client.ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            log.warning("event %s was not posted: %s", reason, told(error), extra=about(key))

    def _post(self, what: _What, said: _Said | None, now: datetime) -> _Said:
        if said is not None:
            again = _Said(said.name, said.count + 1, said.first)
            if self._count(what, again, now):
                return again
        return self._create(what, now)

    def _count(self, what: _What, again: _Said, now: datetime) -> bool:
        """Raise the count of the event that stands; False if it stands no more."""
        try:
            self._core.patch_namespaced_event(
                again.name,
                what.key.namespace,
                {"count": again.count, "lastTimestamp": _stamp(now)},
                _request_timeout=self._timeout,
            )
        except client.ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def _create(self, what: _What, now: datetime) -> _Said:
        made = self._core.create_namespaced_event(
            what.key.namespace, self._body(what, now), _request_timeout=self._timeout
        )
        name = getattr(getattr(made, "metadata", None), "name", None)
        if not name:
            raise ValueError("no event")
        return _Said(name, 1, now)

    def _body(self, what: _What, now: datetime) -> dict[str, Any]:
        return {
            "metadata": {"generateName": f"{what.key.name}.", "namespace": what.key.namespace},
            "involvedObject": {
                "apiVersion": f"{resource.GROUP}/{resource.VERSION}",
                "kind": resource.KIND,
                "namespace": what.key.namespace,
                "name": what.key.name,
                "uid": what.uid,
            },
            "type": what.event_type,
            "reason": what.reason,
            "message": what.message,
            "count": 1,
            "firstTimestamp": _stamp(now),
            "lastTimestamp": _stamp(now),
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": self._reporter,
        }

    def _recall(self, what: _What, now: datetime) -> _Said | None:
        with self._lock:
            for old in [w for w, said in self._said.items() if now - said.first > WINDOW]:
                del self._said[old]
            return self._said.get(what)

    def _remember(self, what: _What, said: _Said) -> None:
        with self._lock:
            self._said[what] = said


def cut(message: str) -> str:
    """The message in at most `LONGEST` bytes, with an ellipsis where it was cut."""
    encoded = message.encode()
    if len(encoded) <= LONGEST:
        return message
    return encoded[: LONGEST - len("…".encode())].decode(errors="ignore") + "…"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

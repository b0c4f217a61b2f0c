"""Events: counted rather than repeated, cut, and never in anybody's way."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiException

from sigopt_operator.runtime.events import LONGEST, Recorder, cut
from sigopt_operator.runtime.keys import Key

KEY = Key("ml", "tiny-cluster")


@dataclass
class Core:
    """The events of a cluster, as CoreV1Api gives them."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int | None = None
    made: int = 0

    def create_namespaced_event(self, namespace: str, body: dict[str, Any], **_: Any) -> Any:
        self._answer()
        self.made += 1
        name = f"{body['metadata']['generateName']}{self.made}"
        assert namespace == body["involvedObject"]["namespace"]
        self.events[name] = dict(body)
        return SimpleNamespace(metadata=SimpleNamespace(name=name))

    def patch_namespaced_event(
        self, name: str, namespace: str, body: dict[str, Any], **_: Any
    ) -> None:
        self._answer()
        if namespace != KEY.namespace or name not in self.events:
            raise ApiException(status=404, reason="Not Found")
        self.events[name] |= body

    def _answer(self) -> None:
        if self.status:
            raise ApiException(status=self.status, reason="refused")


class Told:
    """A recorder, its cluster, and the time."""

    def __init__(self) -> None:
        self.core = Core()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.recorder = Recorder(self.core, "me", timeout=(1, 1), now=lambda: self.now)

    def say(self, message: str = "creating the network", reason: str = "Creating") -> None:
        self.recorder.record(KEY, "uid", "Normal", reason, message)

    @property
    def counts(self) -> list[int]:
        return [event["count"] for event in self.core.events.values()]


def test_an_event_is_about_its_resource() -> None:
    told = Told()
    told.say()
    (event,) = told.core.events.values()
    assert event["involvedObject"] == {
        "apiVersion": "orchestrate.sigopt.com/v1alpha1",
        "kind": "SigOptCluster",
        "namespace": "ml",
        "name": "tiny-cluster",
        "uid": "uid",
    }
    assert (event["type"], event["reason"]) == ("Normal", "Creating")
    assert event["source"] == {"component": "sigopt-operator"}


def test_the_same_again_is_counted() -> None:
    told = Told()
    for _ in range(3):
        told.say()
        told.now += timedelta(minutes=5)
    assert told.counts == [3]
    (event,) = told.core.events.values()
    assert event["firstTimestamp"] == "2026-01-01T00:00:00Z"
    assert event["lastTimestamp"] == "2026-01-01T00:10:00Z"


def test_another_message_or_reason_is_another_event() -> None:
    told = Told()
    told.say()
    told.say(message="creating the control plane")
    told.say(reason="Updating")
    assert told.counts == [1, 1, 1]


def test_after_an_hour_it_is_told_anew() -> None:
    told = Told()
    told.say()
    told.now += timedelta(hours=1, seconds=1)
    told.say()
    assert told.counts == [1, 1]


def test_an_event_that_somebody_deleted_is_told_anew() -> None:
    told = Told()
    told.say()
    told.core.events.clear()
    told.say()
    assert told.counts == [1]


def test_a_failure_is_logged_and_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    told.core.status = 403
    told.say()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_message_has_at_most_a_kilobyte_and_no_secret() -> None:
    told = Told()
    told.say(message="aws_secret_access_key=hush " + "ä" * 2000)
    (event,) = told.core.events.values()
    assert "hush" not in event["message"]
    assert len(event["message"].encode()) <= LONGEST


@pytest.mark.parametrize("text", ["", "short", "a" * LONGEST])
def test_a_short_message_is_not_cut(text: str) -> None:
    assert cut(text) == text

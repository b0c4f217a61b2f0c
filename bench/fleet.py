"""Many SigOptClusters: made, edited and followed as their users would, by kubectl's API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import urllib3
from kubernetes import client, config, watch

from sigopt_operator.api import resource
from sigopt_sandbox.launcher import Sandbox

NAMESPACE: Final = "bench"
WHAT: Final = (resource.GROUP, resource.VERSION, NAMESPACE, resource.PLURAL)
REGIONS: Final = (
    *("us-west-2", "us-east-1", "us-east-2", "eu-west-1", "eu-central-1"),
    *("ap-northeast-1", "ap-southeast-2", "eu-west-2", "ap-south-1", "ca-central-1"),
)
"""EKS admits a hundred clusters to an account and region, so a thousand are in ten."""
AGAIN: Final = 0.2


class LateError(Exception):
    """Something did not come about in the time that even a busy machine is given for it."""


@dataclass
class Course:
    """What was seen of one resource, by a clock that only goes forward."""

    asked: float = 0.0
    ready: float | None = None
    generation: int = 0
    """The newest that was Ready."""
    wanted: int = 0
    """The newest that was asked for by an edit."""

    @property
    def settled(self) -> bool:
        """Whether it is Ready, as it was edited last."""
        return self.ready is not None and self.generation >= self.wanted


@dataclass
class Fleet:
    """The resources of one benchmark, and what became of them."""

    objects: Any
    courses: dict[str, Course] = field(default_factory=dict)
    _closing: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, sandbox: Sandbox) -> Fleet:
        """None yet, in a namespace of their own; whatever happens there is followed from now on."""
        api = config.new_client_from_config(sandbox.state.admin_kubeconfig)
        namespace = client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE))
        client.CoreV1Api(api).create_namespace(namespace)
        fleet = cls(client.CustomObjectsApi(api))
        threading.Thread(target=fleet._follow, name="watch", daemon=True).start()
        return fleet

    def make(self, names: Iterable[str]) -> None:
        """Ask for them, one right after the other."""
        for number, name in enumerate(names, start=len(self.courses)):
            self.courses[name] = Course(asked=time.monotonic())
            self.objects.create_namespaced_custom_object(*WHAT, _manifest(name, number))

    def edit(self, name: str, spec: dict[str, Any]) -> None:
        """Merge that into the spec of one."""
        found = self.objects.patch_namespaced_custom_object(*WHAT, name, {"spec": spec})
        self.courses[name].wanted = found["metadata"]["generation"]

    def wait_ready(self, names: Iterable[str], within: float, say: Callable[[str], None]) -> None:
        """Return once all of them were Ready; LateError after so many seconds."""
        self._wait(lambda course: course.ready is not None, names, within, "are Ready", say)

    def wait_settled(self, names: Iterable[str], within: float, say: Callable[[str], None]) -> None:
        """Return once all of them are Ready as edited; LateError after so many seconds."""
        self._wait(lambda course: course.settled, names, within, "are Ready as edited", say)

    def close(self) -> None:
        """Follow nothing any more."""
        self._closing.set()

    def _wait(
        self,
        holds: Callable[[Course], bool],
        names: Iterable[str],
        within: float,
        what: str,
        say: Callable[[str], None],
    ) -> None:
        wanted, until, told = tuple(names), time.monotonic() + within, time.monotonic()
        while (done := sum(holds(self.courses[name]) for name in wanted)) < len(wanted):
            if time.monotonic() > until:
                raise LateError(f"{done} of {len(wanted)} {what} after {within:.0f} s")
            if time.monotonic() > told + 20:
                say(f"{done} of {len(wanted)} {what}")
                told = time.monotonic()
            time.sleep(AGAIN)

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                for event in watch.Watch().stream(
                    self.objects.list_namespaced_custom_object, *WHAT
                ):
                    self._saw(event["type"], event["object"])
            except (client.ApiException, urllib3.exceptions.HTTPError, OSError):
                self._closing.wait(AGAIN)

    def _saw(self, kind: str, found: dict[str, Any]) -> None:
        course = self.courses.get(found["metadata"]["name"])
        if course is None:
            return
        if kind != "DELETED" and _is_ready(found):
            course.ready = course.ready or time.monotonic()
            course.generation = max(course.generation, found["status"]["observedGeneration"])


def _is_ready(found: dict[str, Any]) -> bool:
    conditions = found.get("status", {}).get("conditions", ())
    return any(told["type"] == "Ready" and told["status"] == "True" for told in conditions)


def _manifest(name: str, number: int) -> dict[str, Any]:
    return {
        "apiVersion": f"{resource.GROUP}/{resource.VERSION}",
        "kind": resource.KIND,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "provider": "aws",
            "region": REGIONS[number % len(REGIONS)],
            "kubernetesVersion": "1.34",
            "cpu": {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2},
            "gpu": {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2},
        },
    }

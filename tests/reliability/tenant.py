"""One run: a namespace, an AWS account of its own, and an operator that serves nobody else."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.reliability.accounts import Accounts, Keys
from tests.reliability.kube import MERGE, OBJECTS, Kube, KubeError, Object
from tests.reliability.nursery import Nursery, Operator
from tests.reliability.tap import Order, Wiring

from sigopt_operator.api import resource
from sigopt_sandbox.launcher import Sandbox

SECRET = "keys"
OPERATOR = "sigopt-operator"
"""Of the namespace, the ServiceAccount and the lease of deploy/base."""
LEASES = "/apis/coordination.k8s.io/v1"
RBAC_VERSION = "rbac.authorization.k8s.io/v1"
RBAC = f"/apis/{RBAC_VERSION}"
USERS = ("operator", "rotated")
"""Of every account, each with all rights in it."""
LONG = 240.0
"""Seconds that a busy machine may take, several backoffs of a minute among them; nothing is
measured by it."""


class NotInTimeError(AssertionError):
    """It did not come to pass."""


@dataclass(frozen=True)
class Sight:
    """What a watch showed of the resource."""

    gone: bool
    object: Object

    @property
    def generation(self) -> int:
        """Of the spec."""
        return int(self.object["metadata"]["generation"])

    @property
    def status(self) -> dict[str, Any]:
        """As the operator wrote it last."""
        return dict(self.object.get("status") or {})

    def condition(self, kind: str) -> dict[str, Any]:
        """The condition of that type; empty where there is none."""
        found = (c for c in self.status.get("conditions", ()) if c["type"] == kind)
        return dict(next(found, {}))

    @property
    def ready(self) -> bool:
        """Whether it says Ready of this very spec, as `kubectl wait` and Argo CD read it."""
        current = self.status.get("observedGeneration") == self.generation
        return current and self.condition("Ready").get("status") == "True"


@dataclass
class Tenant:
    """Somebody with a namespace and an account; everything that they and their operator do."""

    sandbox: Sandbox
    kube: Kube
    accounts: Accounts
    nursery: Nursery
    namespace: str
    account: str
    directory: Path
    """Of this run: the operator's log, its journal, its orders."""
    kubeconfig: Path
    """With which operators reach the management cluster."""
    name: str = "crash"
    """Of the resource and of the cluster."""
    weather: bool = False
    """Whether its operators reach AWS through the sandbox's weather."""
    management: str = ""
    """Where they reach the management cluster, if not at its own address."""
    leased: bool = False
    """Whether its operators take a lease, in its namespace; one that is killed keeps it a while."""
    keys: dict[str, Keys] = field(default_factory=dict)
    """Of the account's users, by their names."""
    operator: Operator | None = None
    starts: int = 0
    sights: list[Sight] = field(default_factory=list)
    """Everything that the watch showed, in order."""
    _seen: threading.Condition = field(default_factory=threading.Condition)

    def arrive(self) -> None:
        """Make the namespace and the account's users; the first one's key is in Secret `SECRET`."""
        self.directory.mkdir(parents=True)
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.kube("POST", "/api/v1/namespaces", namespace)
        self.keys |= self.accounts.make_users(self.account, USERS)
        self.sandbox.remember(self.account)
        self.keep_secret(self.keys[USERS[0]])
        self.order(Order(""))
        if self.leased:
            self._let_lease()

    def leave(self) -> None:
        """End the operator, and let everything in the namespace go."""
        if self.operator is not None and self.operator.alive:
            self.operator.kill()
        if self.kube.find(self._path) is not None:
            self.let_go()
        self.kube("DELETE", f"/api/v1/namespaces/{self.namespace}")

    def keep_secret(self, keys: Keys) -> None:
        """Put the keys into the Secret, in place of others."""
        data = {k: base64.b64encode(v.encode()).decode() for k, v in keys.as_secret.items()}
        path = f"/api/v1/namespaces/{self.namespace}/secrets"
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": SECRET, "namespace": self.namespace},
            "data": data,
        }
        if self.kube.find(f"{path}/{SECRET}") is None:
            self.kube("POST", path, secret)
        else:
            self.kube("PUT", f"{path}/{SECRET}", secret)

    @property
    def wiring(self) -> Wiring:
        """Of the operator's tap."""
        dump = f"{self.sandbox.state.aws_url}/_sandbox/dump?account={self.account}&whole=1"
        files = self.directory / "order", self.directory / "journal"
        return Wiring(*files, dump_url=dump, management=self.management or self.kube.url)

    def order(self, order: Order) -> None:
        """What the operator's tap is to do from its next call on."""
        order.write(self.wiring.order)

    def start(self, *flags: str, tapped: bool = True, **environment: str) -> Operator:
        """Start an operator for this namespace alone."""
        if self.operator is not None and self.operator.alive:
            raise AssertionError("it has an operator")
        state = self.sandbox.state
        argv = ["run", "--namespaces", self.namespace, "--kubeconfig", str(self.kubeconfig)]
        argv += ["--clock-speed", str(state.speed), "--probe-address", "127.0.0.1"]
        argv += ["--probe-port", "0", "--log-format", "plain", *(flags or self._alone)]
        env = {
            "AWS_ENDPOINT_URL": state.endpoint_url if self.weather else state.aws_url,
            "AWS_REGION": state.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": state.programs,
            **environment,
        }
        log = self.directory / "operator.log"
        self.operator = self.nursery.start(argv, env, log, self.wiring if tapped else None)
        self.starts += 1
        return self.operator

    def apply(self, spec: Mapping[str, Any]) -> int:
        """Make the resource, or give it another spec; the generation that it then has."""
        found = self.kube.find(self._path)
        if found is None:
            metadata = {"name": self.name, "namespace": self.namespace}
            kind = {"apiVersion": resource.API_VERSION, "kind": resource.KIND}
            made = self.kube("POST", self.collection, {**kind, "metadata": metadata, "spec": spec})
            return int(made["metadata"]["generation"])
        while True:
            try:
                put = self.kube("PUT", self._path, {**found, "spec": dict(spec)})
            except KubeError as error:
                if error.status != 409:
                    raise
                found = self.kube("GET", self._path)
            else:
                return int(put["metadata"]["generation"])

    def delete(self) -> None:
        """Ask for the resource's deletion."""
        self.kube("DELETE", self._path)

    def let_go(self, name: str = "") -> None:
        """Delete the resource, or another one, and take its finalizer off by hand."""
        loose = {"metadata": {"finalizers": None}}
        path = f"{self.collection}/{name or self.name}"
        self.kube("DELETE", path)
        try:
            self.kube("PATCH", path, loose, content=MERGE)
        except KubeError as error:
            if error.status != 404:
                raise

    def find(self) -> Object | None:
        """The resource as it is."""
        return self.kube.find(self._path)

    def saw(self, sight: Sight) -> None:
        """The watch showed a change."""
        with self._seen:
            self.sights.append(sight)
            self._seen.notify_all()

    def waits(
        self, until: Callable[[Sight], bool], what: str, within: float = LONG, after: int = 0
    ) -> Sight:
        """The first sight for which it is so, of those after so many; NotInTimeError."""
        deadline, at = time.monotonic() + within, after
        with self._seen:
            while True:
                while at < len(self.sights):
                    if until(self.sights[at]):
                        return self.sights[at]
                    at += 1
                if not self._seen.wait(max(0.0, deadline - time.monotonic())):
                    if at < len(self.sights):
                        continue
                    raise NotInTimeError(f"{what}; {self.told()}")

    def wait_for_news(self, seconds: float) -> None:
        """Return when the watch shows something, or after that time."""
        with self._seen:
            self._seen.wait(seconds)

    def told(self) -> str:
        """How things stand, for whoever reads of a failure."""
        if not self.sights:
            return "nothing was ever seen of it"
        last = self.sights[-1]
        if last.gone:
            return "it is gone"
        conditions = {c["type"]: c["reason"] for c in last.status.get("conditions", ())}
        return f"generation {last.generation}: {last.status.get('message')} {conditions}"

    def lease_holder(self) -> str:
        """Who holds the lease; empty where nobody does."""
        if not self.leased:
            return ""
        spec = self.kube("GET", f"{LEASES}/namespaces/{self.namespace}/leases/{OPERATOR}")["spec"]
        return str(spec.get("holderIdentity") or "")

    def dump(self) -> dict[str, Any]:
        """Everything that the account has, whole."""
        return self.sandbox.dump(self.account, whole=True)

    def leaks(self) -> list[dict[str, Any]]:
        """What the account has that was not there before."""
        return self.sandbox.leaks(self.account)

    def journal(self) -> list[dict[str, Any]]:
        """Everything that the taps of this run's operators noted."""
        if not self.wiring.journal.exists():
            return []
        lines = self.wiring.journal.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    @property
    def _alone(self) -> tuple[str, ...]:
        return ("--lease-namespace", self.namespace) if self.leased else ("--standalone",)

    def _let_lease(self) -> None:
        """Give operators the right to a lease here that deploy/base gives in their namespace."""
        for kind in ("roles", "rolebindings"):
            for base in self.kube("GET", f"{RBAC}/namespaces/{OPERATOR}/{kind}")["items"]:
                copy = {key: base[key] for key in base if key in ("rules", "roleRef", "subjects")}
                metadata = {"name": base["metadata"]["name"], "namespace": self.namespace}
                copied = {**copy, "apiVersion": RBAC_VERSION, "metadata": metadata}
                self.kube("POST", f"{RBAC}/namespaces/{self.namespace}/{kind}", copied)

    @property
    def collection(self) -> str:
        """The path of the namespace's resources."""
        return f"{OBJECTS}/namespaces/{self.namespace}/{resource.PLURAL}"

    @property
    def _path(self) -> str:
        return f"{self.collection}/{self.name}"

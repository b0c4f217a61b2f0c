"""Each right of deploy/ in turn is not there: the operator says which, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pytest
from kubernetes import client
from tests.fakes.aws import FakeAws
from tests.sandbox.runtime.clusters import SPEC, Administrator
from tests.sandbox.runtime.conftest import Deployed
from tests.sandbox.runtime.living import Living, living
from tests.sandbox.runtime.rights import ACCOUNT, Account, Right, rights
from tests.waiting import until

from sigopt_operator.handlers import settings
from sigopt_sandbox.kubernetes import service_account_kubeconfig

WISH = {
    **SPEC,
    "aws": {"credentialsSecretRef": {"name": "keys"}},
    "access": {"argocd": True},
}
KEYS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "canary-of-a-key"}


@pytest.fixture
def account(deployed: Deployed, admin: Administrator) -> Iterator[Account]:
    found = Account(deployed.kubectl, admin.namespace, f"{admin.namespace}-argocd")
    deployed.kubectl.must("create", "namespace", found.argocd)
    found.begin()
    yield found
    deployed.kubectl.must("delete", "namespace", found.argocd, "--wait=false")


@pytest.fixture
def kubeconfig(deployed: Deployed, account: Account, tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    return service_account_kubeconfig(deployed.admin, account.namespace, ACCOUNT, path)


@pytest.fixture
def told(
    deployed: Deployed, admin: Administrator, caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """Everything that the operator said: its log, and the conditions of resources."""

    def everything() -> str:
        found = deployed.kubectl.must("get", "soc", "-n", admin.namespace, "-o", "json")
        conditions = [
            condition["message"]
            for item in json.loads(found)["items"]
            for condition in item.get("status", {}).get("conditions", ())
        ]
        log = [r.getMessage() for r in caplog.records if r.name.startswith(("sigopt", "kopf"))]
        return "\n".join([*conditions, *log])

    return everything


def words(right: Right) -> str:
    """In which the API server says that this right is missing."""
    return f'cannot {right.verb} resource "{right.resource}"'


@dataclass(frozen=True)
class Place:
    """Where an operator of one test works."""

    admin: Administrator
    account: Account
    kubeconfig: Path
    aws: FakeAws = field(default_factory=FakeAws)

    def operator(self) -> AbstractAsyncContextManager[Living]:
        return living(
            self.kubeconfig,
            self.aws,
            argocd_namespace=self.account.argocd,
            namespaces=(self.admin.namespace,),
            lease_namespace=self.admin.namespace,
            operator_id="living",
        )

    def keep_keys(self) -> None:
        body = client.V1Secret(metadata=client.V1ObjectMeta(name="keys"), string_data=KEYS)
        self.admin.core.create_namespaced_secret(self.admin.namespace, body)

    def lose_keys(self) -> None:
        self.admin.core.delete_namespaced_secret("keys", self.admin.namespace)

    async def until_phase(self, phase: str) -> None:
        def now() -> str | None:
            found: str | None = (self.admin.find("a") or {}).get("status", {}).get("phase")
            return found

        await until(lambda: now() == phase, f"{phase}, not {now()}", within=60)

    async def until_gone(self) -> None:
        self.admin.delete("a")
        await until(lambda: self.admin.find("a") is None, "gone", within=60)
        assert self.aws.nothing_stands


@pytest.fixture
def place(admin: Administrator, account: Account, kubeconfig: Path) -> Place:
    return Place(admin, account, kubeconfig)


@pytest.mark.parametrize("right", [pytest.param(right, id=str(right)) for right in rights()])
async def test_one_that_is_missing_is_named_and_once_it_is_there_all_goes_on(
    place: Place, told: Callable[[], str], right: Right
) -> None:
    place.account.grant(without=right)
    place.keep_keys()
    async with place.operator() as operator:
        place.admin.create("a", spec=WISH)
        if (right.verb, right.resource) == ("patch", "events"):
            await _something_is_said_twice(place)
        asked = (right.where, right.verb) == ("argocd", "delete")  # before it writes anything there
        said = "may not delete Secrets in namespace" if asked else words(right)
        await until(lambda: said in told(), f"it says {said}", within=60)
        if (right.verb, right.resource) != ("update", "leases"):
            assert not operator.task.done()
            place.account.grant()
            await place.until_phase("Ready")
            await place.until_gone()
            return
        # Who cannot renew the lease must not go on: another operator may hold it.
        assert (await operator.task).code == 1  # a round that runs just then is cut off
    place.account.grant()
    async with place.operator():
        await place.until_phase("Ready")
        await place.until_gone()


async def _something_is_said_twice(place: Place) -> None:
    for _ in range(2):
        await place.until_phase("Ready")
        place.lose_keys()
        await place.until_phase("Blocked")
        place.keep_keys()


@pytest.mark.parametrize(
    "right",
    [
        pytest.param(right, id=str(right))
        for right in rights()
        if (right.where, right.verb, right.resource)
        in (
            ("served", "get", "sigoptclusters"),
            ("served", "patch", "sigoptclusters"),
            ("served", "patch", "sigoptclusters/status"),
            ("served", "get", "secrets"),
            ("argocd", "delete", "secrets"),
        )
    ],
)
async def test_one_that_is_taken_away_before_a_deletion_holds_it_up_and_no_more(
    place: Place, told: Callable[[], str], right: Right, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More attempts than kopf makes by itself, in the time of a test.
    monkeypatch.setattr(settings, "BACKOFFS", settings.Endless((), then=0.05))
    place.account.grant()
    place.keep_keys()
    async with place.operator() as operator:
        place.admin.create("a", spec=WISH)
        await place.until_phase("Ready")
        place.account.grant(without=right)
        place.admin.delete("a")
        await until(lambda: told().count(words(right)) > 0, f"it says {words(right)}", within=60)
        if (right.verb, right.resource) == ("patch", "sigoptclusters"):
            await until(lambda: told().count(words(right)) > 12, "it tries again", within=60)
        assert place.admin.find("a") is not None
        assert not operator.task.done()
        place.account.grant()
        await place.until_gone()


def test_there_is_always_another_attempt_at_the_watch_and_the_finalizer() -> None:
    hundred = list(islice(settings.BACKOFFS, 100))
    assert hundred[:3] == [1, 1, 2]
    assert max(hundred) == hundred[-1] == 30

"""`sigopt-operator plan`: what applying a manifest would do, with the caller's own credentials.

The management cluster, where it can be reached, says whose resource it is (its uid) and as whom the
operator works in AWS; where it cannot, the tags on the cluster's stack do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import with_eks_token
from sigopt_operator.observe.memory import Memory
from sigopt_operator.observe.network import read_stack
from sigopt_operator.observe.observe import Observer, Questions
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import stack_name
from sigopt_operator.plan.ownership import TAG_UID, of_that_name
from sigopt_operator.plan.preview.words import preview
from sigopt_operator.plan.resolve import wish_of
from sigopt_operator.plan.snapshot import Connection, Identity, Snapshot
from sigopt_operator.plan.support import unsupported
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.left import Workload
from sigopt_operator.runtime.connection import configuration, namespace_of
from sigopt_operator.runtime.errors import ManagementApiError, RefusedError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_operator.workload.inspect import inspect

FOREKNOWN = Questions(
    # Nobody has to be let into the cluster to be told what would be done in AWS.
    probe=lambda _open, _cluster: Connection(),
    survey=lambda _open, _cluster: Workload(),
    drain=lambda _open, _cluster, _groups: (),
    inspect=inspect,
)
NEW = "not-applied-yet"
"""The uid of what nobody has applied: no tag in AWS has it."""
THREADS = 16
_AS_YOU = "who the operator is in AWS is not known here; your own identity stands for it below"


@dataclass(frozen=True)
class Outlook:
    """What is to be printed of one resource."""

    lines: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    changes: bool = False
    failed: bool = False


@dataclass(frozen=True)
class _Asker:
    api: KubernetesManagementApi | None
    unreachable: str
    """Why there is no api."""
    source: ClientSource
    executor: ThreadPoolExecutor
    region: str | None

    def outlook(self, obj: Mapping[str, Any]) -> Outlook:
        name = f"SigOptCluster {obj['metadata']['namespace']}/{obj['metadata']['name']}"
        try:
            return self._told(name, obj)
        except (AwsError, ManagementApiError) as error:
            return Outlook(errors=(f"{name}: {error}",), failed=True)

    def _told(self, name: str, obj: Mapping[str, Any]) -> Outlook:
        there, unreadable = self._there(obj)
        resource = SigOptCluster.parse(_as_applied(obj, there))
        refusal = unsupported(resource, self.region)
        if refusal:
            return Outlook(errors=(f"{name}: {refusal.message}",), failed=True)
        want = wish_of(resource, self.region or "")
        if want.custom:
            return Outlook((f"{name}: provider: custom changes nothing in AWS",))
        clients = self.source.clients(Login(want.namespace), want.region)
        notes: tuple[str, ...] = ()
        if unreadable and not want.observed:
            want = replace(want, uid=_uid_by_tags(clients, want))
            notes = (f"{name}: whose it is was taken from AWS; {unreadable}",)
        role = resource.spec.aws.role_arn
        principal = role or (resource.status.operator_arn if resource.status else None)
        if principal is None:
            notes = (*notes, f"{name}: {_AS_YOU}")
        seen = self._seen(want, clients, principal)
        wrong = elsewhere(role, seen.identity)
        if wrong:
            return Outlook(errors=(f"{name}: {wrong}",), failed=True)
        found = preview(want, seen, Moment(datetime.now(UTC)))
        if want.observed:
            return Outlook((f"{name}: managementPolicy: Observe changes nothing",), notes)
        lines = (f"{name}: {found.summary}", *(f"  {c.kind}: {c}" for c in found.changes))
        errors = tuple(f"{name}: {obstacle}" for obstacle in found.obstacles)
        return Outlook(lines, (*notes, *errors), bool(found.changes), bool(errors))

    def _there(self, obj: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
        """The resource in the management cluster, if there is one; and why nobody knows."""
        if self.api is None:
            return None, self.unreachable
        try:
            return self.api.read(Key(obj["metadata"]["namespace"], obj["metadata"]["name"])), ""
        except RefusedError as error:
            return None, str(error)

    def _seen(self, want: Wish, clients: Clients, principal: str | None) -> Snapshot:
        seen = Observer(
            clients=clients,
            open_api=with_eks_token(clients),
            memory=Memory(),
            moment=Moment(datetime.now(UTC)),
            questions=FOREKNOWN,
            executor=self.executor,
            principal=principal,
            secrets=self.api.secret_store if self.api else None,
        ).observe(want)
        # Who may not read Secrets is told of everything else.
        asked = [found for found in (seen.secrets or {}).values() if found]
        return replace(seen, secrets=None) if any(found.problem for found in asked) else seen


def _as_applied(obj: Mapping[str, Any], there: Mapping[str, Any] | None) -> dict[str, Any]:
    """The resource as the API server would have it once the manifest is applied."""
    new: dict[str, Any] = {"uid": NEW, "generation": 0, "resourceVersion": "0"}
    had: dict[str, Any] = there["metadata"] if there else new
    known = ("uid", "resourceVersion", "deletionTimestamp")
    kept = {key: had[key] for key in known if key in had}
    kept["generation"] = had["generation"] + 1
    status = {"status": there["status"]} if there and "status" in there else {}
    return {**obj, "metadata": {**obj["metadata"], **kept}, **status}


def elsewhere(role_arn: str | None, who: Identity) -> str | None:
    """Why an account was looked at in which nothing is going to be made; None where it is right."""
    account = role_arn.split(":")[4] if role_arn else who.account
    if account == who.account:
        return None
    return (
        f"spec.aws.roleArn is of account {account}, and your own credentials are of {who.account}: "
        f"plan with credentials of {account}"
    )


def forecast(
    objects: list[dict[str, Any]],
    namespace: str | None,
    region: str | None,
    kubeconfig: Path | None,
) -> list[Outlook]:
    """What applying each of these would do; never raises for what is wrong outside.

    The namespace is of those that name none; without it they are where kubectl would put them.
    """
    theirs = namespace or _namespace(kubeconfig)
    with _asker(region, kubeconfig) as asker:
        return [asker.outlook(_named(obj, theirs)) for obj in objects]


def _namespace(kubeconfig: Path | None) -> str:
    """As kubectl's; a management cluster is not needed for a plan, nor then a context."""
    try:
        return namespace_of(kubeconfig)
    except ManagementApiError:
        return "default"


def _named(obj: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**obj, "metadata": {"namespace": namespace, **obj["metadata"]}}


@contextmanager
def _asker(region: str | None, kubeconfig: Path | None) -> Iterator[_Asker]:
    api, why = _management_api(kubeconfig)
    with ThreadPoolExecutor(THREADS) as executor:
        # Only ever asked without a Secret: these are the caller's credentials.
        source = ClientSource(lambda _namespace, _name: None, Budgets(Time()))
        yield _Asker(api, why, source, executor, region)


def _management_api(kubeconfig: Path | None) -> tuple[KubernetesManagementApi | None, str]:
    """The management cluster, if it answers; else why not."""
    try:
        api = KubernetesManagementApi(configuration(kubeconfig), reporter="sigopt-operator-plan")
        api.read(Key("default", "sigopt-operator-plan"))
    except RefusedError:
        # It answers: somebody with rights in their own namespace alone is refused there only.
        return api, ""
    except ManagementApiError as error:
        return None, str(error)
    return api, ""


def _uid_by_tags(clients: Clients, want: Wish) -> str:
    """The uid of the resource of this namespace and name that the cluster's stack was made for."""
    stack = read_stack(clients, stack_name(want.cluster_name))
    if stack is None or not of_that_name(stack.tags, want.namespace, want.name):
        return NEW
    return stack.tags.get(TAG_UID, NEW)

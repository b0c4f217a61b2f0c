"""An AWS in memory: what the operator asks of it, with states that move only when a test says so.

Only for rounds of the operator; how AWS really behaves is the sandbox's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from botocore.exceptions import ClientError
from tests.fakes.aws_account import Account
from tests.fakes.aws_behind import Behind
from tests.fakes.aws_clusters import Clusters
from tests.fakes.aws_identities import PodIdentities
from tests.fakes.aws_network import Network
from tests.fakes.aws_node_groups import NodeGroups
from tests.fakes.aws_settings import Settings
from tests.fakes.aws_versions import BEGAN, Versions
from tests.fakes.aws_vpc import Ground, VpcCalls
from tests.fakes.refusals import refusal as refusal
from tests.fakes.world import WHO

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.shared import Shared

Answer = dict[str, Any]
READS = ("describe", "list", "get", "simulate")
"""How the operations begin that change nothing."""


@dataclass
class FakeAws:
    """Everything that stands, and everything that was asked."""

    stacks: dict[str, Answer] = field(default_factory=dict)
    clusters: dict[str, Answer] = field(default_factory=dict)
    groups: dict[str, Answer] = field(default_factory=dict)
    addons: dict[str, Answer] = field(default_factory=dict)
    entries: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """Access entries by principal: ARNs of their policies, with the namespaces."""
    entry_details: dict[str, Answer] = field(default_factory=dict)
    """When an entry was made, and its tags; of one that is not in here nothing is known."""
    operator_made_at: datetime = BEGAN
    """When the operator's own role was made."""
    identities: dict[str, Answer] = field(default_factory=dict)
    """Pod identity associations by id."""
    templates: dict[str, Answer] = field(default_factory=dict)
    template_data: dict[str, Answer] = field(default_factory=dict)
    templates_by_token: dict[str, object] = field(default_factory=dict)
    """What was asked for by each client token: EC2 takes one for the same parameters alone."""
    """What each template launches, by the template's name."""
    updates: list[Answer] = field(default_factory=list)
    """Of the cluster ("of" is empty) and of node groups, in the order in which they began."""
    insights: list[Answer] = field(default_factory=list)
    """Those that are errors."""
    failed: dict[str, str] = field(default_factory=dict)
    """What the next update of this ("" is the cluster, else a node group) fails with: EKS's code,
    a colon, and its words."""
    iam: dict[str, Answer] = field(default_factory=dict)
    """The roles of stacks, as they are now."""
    ground: Ground = field(default_factory=Ground)
    """The network of the stack, as it is now."""
    group_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of the auto scaling groups, by their names."""
    instances: dict[str, list[str]] = field(default_factory=dict)
    """Of the auto scaling groups, by their names."""
    volumes: dict[str, str] = field(default_factory=dict)
    """The instance that has it, by a volume's id."""
    node_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of instances and volumes, by their ids."""
    calls: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What it did not do of that, each with why: not for `failing`, but for what there is."""
    failing: dict[str, Exception] = field(default_factory=dict)
    """By operation: what it raises, before AWS acted."""
    lost: set[str] = field(default_factory=set)
    """Operations whose next answer is lost after AWS acted."""
    resent: set[str] = field(default_factory=set)
    """Operations whose next answer is lost so that the client asks again inside the call."""
    account: str = WHO.account
    caller: str = WHO.caller_arn
    now: Callable[[], datetime] = lambda: BEGAN
    quotas: dict[str, float] = field(default_factory=dict)
    """By code, where they are other than the default."""
    nobody: set[str] = field(default_factory=set)
    """ARNs of principals that do not exist."""
    roles: set[str] = field(default_factory=set)
    """Names of roles beside those of stacks."""
    forbidden: set[str] = field(default_factory=set)
    """IAM actions that the operator may not do, as a simulation tells."""
    forbidden_untagged: set[str] = field(default_factory=set)
    """IAM actions that it may do only to what carries a tag."""
    simulated_apart: set[str] = field(default_factory=set)
    """IAM actions that it simulates in calls of their own."""
    on_call: Callable[[str], None] = lambda _operation: None

    def clients(self) -> Clients:
        """Clients that talk to this AWS."""
        api = cast(Any, _Api(self))
        return Clients(
            session=api, region="us-west-2",
            cloudformation=api, ec2=api, eks=api, iam=api, sts=api, autoscaling=api,
            elb=api, elbv2=api, service_quotas=api, shared=Shared(),
        )  # fmt: skip

    def advance(self) -> None:
        """Whatever AWS is doing ends well."""
        for stack in self.stacks.values():
            stack["StackStatus"] = stack["StackStatus"].replace("_IN_PROGRESS", "_COMPLETE")
        for things in (self.clusters, self.groups, self.addons):
            for thing in things.values():
                if thing["status"] in ("CREATING", "UPDATING"):
                    thing["status"] = "ACTIVE"
        for update in self.updates:
            if update["status"] == "InProgress":
                self._end(update)
        for things, state in ((self.stacks, "StackStatus"), *(_states(self))):
            for name in [n for n, t in things.items() if t[state].startswith("DELET")]:
                del things[name]

    def begin(self, of: str, kind: str, params: dict[str, str], apply: Callable[[], None]) -> None:
        """An update that ends with the next advance, and is applied only then."""
        self.updates.append(
            {
                "id": f"update-{len(self.updates)}",
                "of": of,
                "type": kind,
                "status": "InProgress",
                "params": [{"type": key, "value": value} for key, value in params.items()],
                "createdAt": self.now(),
                "errors": [],
                "apply": apply,
            }
        )

    def _end(self, update: Answer) -> None:
        why = self.failed.pop(update["of"], None)
        if why:
            code, words = why.split(": ", 1)
            update["status"] = "Failed"
            update["errors"] = [{"errorCode": code, "errorMessage": words}]
            return
        update["status"] = "Successful"
        update["apply"]()

    @property
    def changes(self) -> list[str]:
        """The calls that ask for a change."""
        return [call for call in self.calls if not call.startswith(READS)]

    @property
    def nothing_stands(self) -> bool:
        """Whether all of it is gone."""
        return not (self.stacks or self.clusters or self.groups or self.templates)


def _states(aws: FakeAws) -> Iterator[tuple[dict[str, Answer], str]]:
    for things in (aws.clusters, aws.groups, aws.addons):
        yield things, "status"


class _Api(
    Account,
    Network,
    VpcCalls,
    Clusters,
    Settings,
    NodeGroups,
    Behind,
    Versions,
    PodIdentities,
):
    """All services at once: the names of their operations do not meet."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        aws: FakeAws = self._aws
        if name == "get_paginator":
            return lambda operation: _Pages(getattr(self, operation))
        operation = object.__getattribute__(self, name)

        def called(**arguments: Any) -> Any:
            aws.calls.append(name)
            aws.on_call(name)
            if name in aws.failing:
                raise aws.failing[name]
            if name in aws.resent:
                aws.resent.discard(name)
                operation(**arguments)
            try:
                answer = operation(**arguments)
            except ClientError as error:
                aws.refused.append(f"{name}: {error}")
                raise
            if name in aws.lost:
                aws.lost.discard(name)
                raise refusal("ServiceUnavailable", "the answer was lost", name, 503)
            return answer

        return called


class _Pages:
    """A paginator of one page."""

    def __init__(self, operation: Callable[..., Answer]) -> None:
        self._operation = operation

    def paginate(self, **arguments: Any) -> list[Answer]:
        return [self._operation(**arguments)]

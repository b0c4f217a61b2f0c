"""What AWS should not answer is unknown: told, waited out, and nothing is done because of it.

Through botocore, from the bytes on. Every operation that rounds of a cluster read is in the table;
those that only rare moments read are in `test_nonsense_of_readers.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest
from botocore.model import OperationModel
from tests.component.nonsense import Nonsense, WireRig, broken, end, lacking, odd
from tests.component.rounds import KEY, SPEC
from tests.fakes.aws import FakeAws
from tests.fakes.aws_on_wire import AwsOnWire, Document
from tests.fakes.aws_on_wire import aws_on_wire as aws_on_wire

ROLE = "arn:aws:iam::111122223333:role"
RICH = {
    **SPEC,
    "gpu": {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 1},
    "logging": ["api"],
    "addons": [{"name": "metrics-server"}],
    "access": {
        "principals": [f"{ROLE}/a"],
        "entries": [{"principal": f"{ROLE}/b", "policy": "AmazonEKSViewPolicy"}],
    },
    "tags": {"team": "ml"},
}

READ = (
    "DescribeAccessEntry",
    "DescribeAddon",
    "DescribeAddonVersions",
    "DescribeAutoScalingGroups",
    "DescribeCluster",
    "DescribeClusterVersions",
    "DescribeLaunchTemplates",
    "DescribeNodegroup",
    "DescribePodIdentityAssociation",
    "DescribeRouteTables",
    "DescribeStackResources",
    "DescribeStacks",
    "DescribeSubnets",
    "GetCallerIdentity",
    "GetRole",
    "ListAccessEntries",
    "ListAddons",
    "ListAssociatedAccessPolicies",
    "ListAttachedRolePolicies",
    "ListNodegroups",
    "ListPodIdentityAssociations",
)
"""What is asked of a cluster that stands, sooner or later."""
IN_ALL_FORMS = ("DescribeCluster", "DescribeStacks")
"""One that is told in JSON and one in XML; what holds for these holds for all, as
`test_answers.py` and `test_nonsense_of_readers.py` show."""
AT_FIRST = (
    "DescribeAvailabilityZones",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
    "SimulatePrincipalPolicy",
    "ListServiceQuotas",
)
"""What is asked of the account before anything is made."""
AT_LAST = (
    "DescribeCluster",
    "DescribeLaunchTemplates",
    "DescribeLoadBalancers",
    "DescribeNetworkInterfaces",
    "DescribeNodegroup",
    "DescribeSecurityGroups",
    "DescribeStackResources",
    "DescribeStacks",
    "DescribeTargetGroups",
    "GetCallerIdentity",
    "ListNodegroups",
)
"""What is asked of a cluster that is to go."""

MAY_LACK = {
    ("DescribeNodegroup", "nodegroup.taints"): "a node group without taints has no such member",
    ("DescribeNodegroup", "nodegroup.taints.0.value"): "a taint may have no value",
    ("DescribeAutoScalingGroups", "AutoScalingGroups.0.Tags.0.Value"): "a tag may have no value",
    ("DescribeInstanceTypes", "InstanceTypes.0.GpuInfo"): "a type without GPUs has no such member",
    ("DescribeLaunchTemplates", "LaunchTemplates.0.Tags"): "one that nobody tagged is nobody's",
}
"""What AWS may leave out, by its documents, and what that then says."""


@pytest.fixture
def rig(aws_on_wire: AwsOnWire) -> Iterator[WireRig]:
    """One resource whose AWS answers through botocore."""
    with ThreadPoolExecutor(8) as executor:
        yield WireRig(executor, aws=aws_on_wire.aws, wire=aws_on_wire)


class Answers:
    """What AWS answered last, by operation."""

    def __init__(self, wire: AwsOnWire) -> None:
        self.models: dict[str, OperationModel] = {}
        self.documents: dict[str, Document] = {}
        wire.spoil = self._note

    def _note(self, operation: OperationModel, document: Document) -> Document:
        if document and (any(document.values()) or operation.name not in self.documents):
            self.models[operation.name] = operation
            self.documents[operation.name] = copy.deepcopy(document)
        return document

    def nonsense(self, operation: str, *, all_forms: bool = False) -> Iterator[Nonsense]:
        """Of that operation; a body cut off, each member missing, and if asked all else."""
        yield from broken(operation) if all_forms else islice(broken(operation), 1)
        model, document = self.models[operation], self.documents[operation]
        spoiled = [*lacking(model, document), *(odd(model, document) if all_forms else ())]
        for member, each in spoiled:
            gone = each.name.startswith(("without", "None"))
            if not (gone and (operation, str(member)) in MAY_LACK):
                yield each


def standing(rig: WireRig) -> Answers:
    """A cluster that is Ready, and old enough for everything about it to have been looked at."""
    answers = Answers(rig.wire)
    rig.api.apply(KEY, RICH)
    rig.until_steady()
    rig.minutes += 60
    for _ in range(3):
        rig.restart()
        rig.round()
    end(rig.wire)
    return answers


@pytest.mark.parametrize("operation", READ)
def test_a_cluster_that_stands_is_left_as_it_is(rig: WireRig, operation: str) -> None:
    answers = standing(rig)
    changes, wrong = list(rig.aws.changes), []
    for nonsense in answers.nonsense(operation, all_forms=operation in IN_ALL_FORMS):
        nonsense.begin(rig.wire)
        rig.restart()
        rig.round()
        ready = rig.condition("Ready")
        quiet = ready["status"] == "True" or ready["reason"] == "AwsNotAnswering"
        if rig.aws.changes != changes or not quiet:
            wrong.append((nonsense.name, rig.aws.changes[len(changes) :], ready["message"]))
            changes = list(rig.aws.changes)
        end(rig.wire)
        if rig.status["phase"] != "Ready":
            rig.restart()
            rig.until_steady()
    assert wrong == []


@pytest.mark.parametrize("operation", AT_FIRST)
def test_what_the_account_says_at_first_is_never_taken_for_good(
    rig: WireRig, operation: str
) -> None:
    """Nothing is made as long as it is not understood, or it is said to be unchecked."""
    answers = standing(rig)
    wrong = []
    for nonsense in answers.nonsense(operation):
        other = WireRig(rig.executor, aws=FakeAws(), wire=rig.wire, source=rig.source)
        rig.wire.aws = other.aws
        nonsense.begin(rig.wire)
        other.api.apply(KEY, RICH)
        other.round()
        told = other.condition("PreflightPassed")
        fine = told["reason"] == "AwsNotAnswering" and other.aws.changes == []
        if not (fine or "not checked" in told["message"]):
            wrong.append((nonsense.name, told["reason"], told["message"], other.aws.changes))
        end(rig.wire)
    assert wrong == []


@pytest.mark.parametrize("operation", AT_LAST)
def test_nothing_that_stands_is_taken_for_gone(rig: WireRig, operation: str) -> None:
    standing(rig)
    answers = Answers(rig.wire)
    before = (copy.deepcopy(vars(rig.aws)), copy.deepcopy(rig.api.objects))
    rig.api.delete(KEY)
    rig.until_released()
    end(rig.wire)
    wrong = []
    for nonsense in answers.nonsense(operation):
        for name, value in copy.deepcopy(before[0]).items():
            setattr(rig.aws, name, value)
        rig.api.objects = copy.deepcopy(before[1])
        rig.api.delete(KEY)
        rig.restart()
        nonsense.begin(rig.wire)
        wrong += [(nonsense.name, left) for left in _let_go(rig)]
        end(rig.wire)
    assert wrong == []


def _let_go(rig: WireRig) -> Iterator[list[Any]]:
    """What stood when the resource was released, if it was and anything did."""
    for _ in range(12):
        answer = rig.round()
        if answer.released and not rig.aws.nothing_stands:
            yield [list(rig.aws.stacks), list(rig.aws.clusters), list(rig.aws.groups)]
        if answer.released or answer.failed:
            return
        rig.aws.advance()

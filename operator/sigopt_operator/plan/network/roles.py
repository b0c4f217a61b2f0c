"""The roles of a cluster: what each is made with, and whether it still has it.

The stack's template is rendered from the same designs. CloudFormation mends no role that somebody
changed (its update with an unchanged template says "No updates are to be performed"), so roles are
compared with what IAM says, and mended there. Policies that somebody attached beside ours stay:
tools of an account (Systems Manager, for one) do that to all roles of instances.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sigopt_operator.plan.actions import MendRole
from sigopt_operator.plan.difference import Difference, short, told
from sigopt_operator.plan.network.design import (
    ACCESS_ROLE,
    NetworkDesign,
    access_role,
    autoscaler_role,
    cluster_role,
    node_role,
)
from sigopt_operator.plan.ownership import anothers
from sigopt_operator.plan.snapshot import Identity, Role
from sigopt_operator.plan.wish import Wish

Statement = Mapping[str, Any]

ASSUMED_WITH_TAGS = ("sts:AssumeRole", "sts:TagSession")
"""What a role allows that sessions of EKS Pod Identity are to get, or to assume next: their tags
are transitive, and STS refuses the whole where the next role does not take them (IAM User Guide,
"Pass session tags in AWS STS"; seen by users, argoproj/argo-cd issue 17064, aws/aws-cdk-cli pull
request 762, aws/eks-pod-identity-agent issue 80)."""

EC2 = "ec2.amazonaws.com"
EC2_ELSEWHERE = {
    "aws-cn": "ec2.amazonaws.com.cn",
    "aws-iso": "ec2.c2s.ic.gov",
    "aws-iso-b": "ec2.sc2s.sgov.gov",
}
"""What EC2 is called in trust policies, by partition (eksctl's `partitions.go`). Of the partition's
own domain it is not made: in aws-eusc that is `amazonaws.eu`, and IAM knows no `ec2.amazonaws.eu`
(seen by users, pulumi/pulumi-eks issue 2341)."""

NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)
"""What the EKS User Guide ("node IAM role") asks of a node's role."""


@dataclass(frozen=True)
class RoleDesign:
    """One role, in the words of IAM, with CloudFormation's pseudo parameters (`${AWS::Region}`)."""

    logical_id: str
    name: str
    principal: Mapping[str, Any]
    actions: tuple[str, ...] = ("sts:AssumeRole",)
    managed: tuple[str, ...] = ()
    """ARNs."""
    inline: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    trust_is_free: bool = False
    """Whether it is only made with this trust; plan/access/trust.py decides what becomes of it."""

    @property
    def trust(self) -> dict[str, Any]:
        """Who may assume it."""
        allowed = {"Effect": "Allow", "Principal": self.principal, "Action": list(self.actions)}
        return document((allowed,))

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """Its inline policies by name."""
        return {name: document(statements) for name, statements in self.inline.items()}


def roles_of(design: NetworkDesign) -> tuple[RoleDesign, ...]:
    """All roles of a cluster."""
    name = design.cluster_name
    arn = "arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/" + name
    return (
        RoleDesign(
            "ClusterRole",
            cluster_role(name),
            {"Service": "eks.amazonaws.com"},
            managed=(_managed("AmazonEKSClusterPolicy"),),
        ),
        RoleDesign(
            "NodeRole",
            node_role(name),
            {"Service": EC2_ELSEWHERE.get(design.partition, EC2)},
            managed=(*map(_managed, NODE_POLICIES), *design.node_policies),
        ),
        # What a colleague's `aws eks update-kubeconfig --role-arn` needs, and no more.
        RoleDesign(
            ACCESS_ROLE,
            access_role(name),
            {"AWS": design.maker},
            ASSUMED_WITH_TAGS,
            inline={"describe-cluster": (_allow(["eks:DescribeCluster"], arn),)},
            trust_is_free=True,
        ),
        RoleDesign(
            "AutoscalerRole",
            autoscaler_role(name),
            {"Service": "pods.eks.amazonaws.com"},
            ASSUMED_WITH_TAGS,
            inline={"scale-own-groups": _autoscaling(name)},
        ),
    )


def mend_roles(
    want: Wish, design: NetworkDesign, roles: Mapping[str, Role | None], who: Identity
) -> tuple[MendRole, ...]:
    """What has to be done to the roles that were looked at; those that were not are left out."""
    looked_at = roles.keys() - {role.name for role in anothers_roles(want, roles)}
    designs = [resolved(r, who, want.region) for r in roles_of(design) if r.name in looked_at]
    mended = (_mend(want, role, roles[role.name]) for role in designs)
    return tuple(action for action in mended if action is not None)


def anothers_roles(want: Wish, roles: Mapping[str, Role | None]) -> tuple[Role, ...]:
    """Those that were made for another resource since ours was deleted: names are the account's,
    and a cluster of the same name may be in another region."""
    found = (role for role in roles.values() if role is not None)
    return tuple(r for r in found if anothers(r.tags, want.uid, want.namespace, want.name))


def resolved(role: RoleDesign, who: Identity, region: str) -> RoleDesign:
    """The design with the pseudo parameters' values, as CloudFormation puts them in."""
    values = {
        "${AWS::Partition}": who.partition,
        "${AWS::Region}": region,
        "${AWS::AccountId}": who.account,
    }

    def put_in(value: Any) -> Any:
        match value:
            case str():
                for parameter, meant in values.items():
                    value = value.replace(parameter, meant)
                return value
            case Mapping():
                return {key: put_in(each) for key, each in value.items()}
            case list() | tuple():
                return type(value)(put_in(each) for each in value)
            case _:
                return value

    return RoleDesign(
        role.logical_id,
        role.name,
        put_in(role.principal),
        role.actions,
        put_in(role.managed),
        put_in(role.inline),
        role.trust_is_free,
    )


def document(statements: tuple[Statement, ...]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": [dict(each) for each in statements]}


def canonical(policy: Any) -> Any:
    """A policy so that two of the same meaning are equal.

    IAM keeps no order in lists of principals and actions, and writes a list of one as its item.
    """
    match policy:
        case Mapping():
            return {key: canonical(value) for key, value in policy.items()}
        case [only]:
            return canonical(only)
        case list() | tuple():
            return sorted(map(canonical, policy), key=_text)
        case _:
            return policy


def _mend(want: Wish, role: RoleDesign, found: Role | None) -> MendRole | None:
    have = found or Role(role.name, trust=None)
    lacking = tuple(arn for arn in role.managed if arn not in have.attached)
    inline = {
        name: _text(wanted)
        for name, wanted in role.policies.items()
        if have.inline is not None and canonical(have.inline.get(name)) != canonical(wanted)
    }
    free = role.trust_is_free and found is not None
    trusts = free or canonical(have.trust) == canonical(role.trust)
    if not lacking and not inline and trusts:
        return None
    return MendRole(
        name=role.name,
        create=found is None,
        attach=lacking,
        inline=inline,
        trust=None if trusts else _text(role.trust),
        tags=want.tags,
        differences=tuple(_differences(role, found, lacking, inline, trusts=trusts)),
    )


def _differences(
    role: RoleDesign,
    found: Role | None,
    lacking: tuple[str, ...],
    inline: Mapping[str, str],
    *,
    trusts: bool,
) -> Iterator[Difference]:
    if found is None:
        yield Difference(f"IAM role {role.name}", "none", "the role as it was made")
        return
    if not trusts:
        yield _changed(f"trust policy of IAM role {role.name}", found.trust, role.trust)
    if lacking:
        policies = f"attached policies of IAM role {role.name}"
        yield Difference(policies, told(found.attached), told(frozenset(role.managed)))
    for name in inline:
        policy = f"policy {name} of IAM role {role.name}"
        yield _changed(policy, (found.inline or {}).get(name), role.policies[name])


def _changed(field: str, found: Any, wanted: Any) -> Difference:
    return Difference(field, short(canonical(found)), short(canonical(wanted)))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _managed(policy: str) -> str:
    return "arn:${AWS::Partition}:iam::aws:policy/" + policy


def _autoscaling(cluster_name: str) -> tuple[Statement, ...]:
    """As cluster-autoscaler's AWS README documents, changes limited by tag to this cluster."""
    read = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    ]
    scale = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    owned = {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster_name}": "owned"}
    return _allow(read, "*"), _allow(scale, "*", condition={"StringEquals": owned})


def _allow(
    actions: list[str], resource: str, *, condition: Mapping[str, Any] | None = None
) -> Statement:
    told = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return told | ({"Condition": condition} if condition else {})

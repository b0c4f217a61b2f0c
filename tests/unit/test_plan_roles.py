"""The roles of a cluster compared with what IAM says: what is mended, and what stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.aws.template import render
from sigopt_operator.plan.actions import MendRole
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.network.part import design_of
from sigopt_operator.plan.network.roles import canonical, mend_roles, resolved, roles_of
from sigopt_operator.plan.snapshot import Role, Snapshot

DESIGN = design_of(w.WANT, w.finished())
ACCESS = "tiny-k8s-access-role"
NODES = "tiny-node-role"
SCALER = "tiny-autoscaler-role"


def as_made() -> dict[str, Role | None]:
    """What IAM says of roles that nobody changed."""
    designs = [resolved(role, w.WHO, "us-west-2") for role in roles_of(DESIGN)]
    return {
        role.name: Role(role.name, role.trust, frozenset(role.managed), role.policies)
        for role in designs
    }


def mended(roles: Mapping[str, Role | None]) -> tuple[MendRole, ...]:
    return mend_roles(w.WANT, DESIGN, roles, w.WHO)


def changed(name: str, **change: Any) -> dict[str, Role | None]:
    role = as_made()[name]
    assert role is not None
    return {name: replace(role, **change)}


def test_roles_as_made_are_left_alone() -> None:
    assert len(as_made()) == 4
    assert mended(as_made()) == ()


def test_roles_that_were_not_looked_at_are_no_drift() -> None:
    assert mended({}) == ()
    assert decide(w.WANT, w.finished(), w.MOMENT).done


def test_a_policy_that_somebody_attached_in_addition_stays() -> None:
    role = as_made()[NODES]
    assert role is not None
    assert mended(changed(NODES, attached=role.attached | {"arn:aws:iam::aws:policy/More"})) == ()


def test_what_was_detached_is_attached_again() -> None:
    (action,) = mended(changed(NODES, attached=frozenset()))
    assert [arn.rsplit("/", 1)[-1] for arn in action.attach] == [
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryPullOnly",
    ]
    assert action.trust is None
    assert str(action.differences[0]).startswith(f"attached policies of IAM role {NODES}: found")


def test_whom_it_trusts_is_put_back_but_for_the_access_role() -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    (action,) = mended(changed(NODES, trust=trust))
    assert action.trust is not None
    allowed = json.loads(action.trust)["Statement"][0]
    assert allowed["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert f"trust policy of IAM role {NODES}: found" in str(action.differences[0])
    assert mended(changed(ACCESS, trust=trust)) == ()


@pytest.mark.parametrize(
    ("partition", "principal"),
    [
        ("aws", "ec2.amazonaws.com"),
        ("aws-cn", "ec2.amazonaws.com.cn"),
        ("aws-us-gov", "ec2.amazonaws.com"),
        ("aws-eusc", "ec2.amazonaws.com"),
        ("aws-iso", "ec2.c2s.ic.gov"),
        ("aws-iso-b", "ec2.sc2s.sgov.gov"),
        ("aws-iso-e", "ec2.amazonaws.com"),
    ],
)
def test_the_node_role_trusts_ec2_as_it_is_called_in_each_partition(
    partition: str, principal: str
) -> None:
    """In the template, too: CloudFormation's pseudo parameter says `amazonaws.eu` in aws-eusc."""
    arn = w.WHO.principal_arn.replace("arn:aws:", f"arn:{partition}:")
    who = replace(w.WHO, partition=partition, principal_arn=arn)
    design = design_of(w.WANT, replace(w.finished(), identity=who))
    template = json.loads(render(design))["Resources"]["NodeRole"]["Properties"]
    (made,) = template["AssumeRolePolicyDocument"]["Statement"]
    assert made["Principal"] == {"Service": principal}
    (compared,) = (resolved(r, who, "us-west-2") for r in roles_of(design) if r.name == NODES)
    assert compared.principal == {"Service": principal}


def test_in_which_partition_it_is_decides_no_update_of_the_stack() -> None:
    assert DESIGN.digest == replace(DESIGN, maker="arn:aws-eusc:iam::111122223333:role/r").digest


def test_an_access_role_that_is_made_again_trusts_who_made_it() -> None:
    (action,) = mended({ACCESS: None})
    assert action.trust is not None
    allowed = json.loads(action.trust)["Statement"][0]
    assert allowed["Principal"] == {"AWS": w.WHO.principal_arn}
    assert allowed["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_an_inline_policy_that_changed_or_went_is_written_again() -> None:
    (action,) = mended(changed(SCALER, inline={}))
    assert list(action.inline) == ["scale-own-groups"]
    assert "found none" in str(action.differences[0])


def test_a_role_that_is_gone_is_made_again() -> None:
    (action,) = mended({SCALER: None})
    assert action.create
    assert action.trust is not None
    assert "scale-own-groups" in action.inline
    assert (
        str(action.differences[0])
        == f"IAM role {SCALER}: found none, wanted the role as it was made"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"Action": ["a"]}, {"Action": "a"}, id="a list of one"),
        pytest.param({"AWS": ["a", "b"]}, {"AWS": ["b", "a"]}, id="no order"),
        pytest.param(
            {"Statement": [{"Sid": "a"}, {"Sid": "b"}]},
            {"Statement": [{"Sid": "b"}, {"Sid": "a"}]},
            id="statements",
        ),
    ],
)
def test_policies_of_one_meaning_are_equal(one: object, other: object) -> None:
    assert canonical(one) == canonical(other)


def test_the_network_is_not_ready_while_a_role_is_mended_and_all_else_goes_on() -> None:
    seen: Snapshot = replace(w.finished(), roles=changed(NODES, attached=frozenset()))
    plan = decide(w.WANT, seen, w.MOMENT)
    assert [(part.name, type(action)) for part, action in plan.actions] == [("Network", MendRole)]
    assert not plan.done

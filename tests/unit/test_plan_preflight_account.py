"""What the account has no room or leave for is said before anything is made, with the way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.preflight.checks import Checks, Lacking, Quota, Unchecked, Usage
from sigopt_operator.plan.preflight.quotas import vcpu_quota
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

STANDARD = Quota("ec2", "L-1216C47A", "Running On-Demand Standard instances", 32)
SPOT = Quota("ec2", "L-34B43A08", "All Standard Spot Instance Requests", 4)
GPUS = Quota("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 8)
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
CLUSTERS = Quota("eks", "L-1194D53C", "Clusters", 100)
ROOM = Checks(
    quotas={quota.code: quota for quota in (STANDARD, SPOT, GPUS, ADDRESSES, VPCS, CLUSTERS)},
    running={},
    usage=Usage(vpcs=1, addresses=0, clusters=0),
    roles=frozenset(),
    lacking=Lacking(),
)
DENIED = Unchecked("quotas of ec2", "AccessDeniedException")
NODES = replace(w.CPU, max_nodes=14)
"""With the system pool: 2 x 2 + 14 x 2 = 32 vCPUs."""


def step(plan: Plan, part: str = "Preflight") -> Step:
    return next(p.step for p in plan.parts if p.part.name == part)


def nothing_yet(checks: Checks) -> Snapshot:
    return replace(w.EMPTY, checks=checks)


def message(want: Wish, checks: Checks, reason: str) -> str:
    plan = decide(want, nothing_yet(checks), w.MOMENT)
    blocked = step(plan).blocked
    assert blocked
    assert blocked.reason == reason
    assert plan.actions == ()
    return blocked.message


def with_cpu(**changes: object) -> Wish:
    return replace(w.WANT, pools=(w.SYSTEM, replace(NODES, **changes)))  # type: ignore[arg-type] # fields of a pool


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        pytest.param(
            Usage(5, 0, 0),
            ["VPCs per Region", "L-F678F1CE", "5 are in use", "--service-code vpc"],
            id="VPCs",
        ),
        pytest.param(
            Usage(1, 5, 0),
            ["EC2-VPC Elastic IPs", "L-0263D0A3", "--desired-value 6", "us-west-2"],
            id="elastic IPs",
        ),
        pytest.param(
            Usage(1, 0, 100), ["Clusters", "L-1194D53C", "--service-code eks"], id="clusters"
        ),
    ],
)
def test_a_quota_that_is_used_up_is_named_with_its_code_and_how_to_raise_it(
    usage: Usage, words: list[str]
) -> None:
    told = message(w.WANT, replace(ROOM, usage=usage), "QuotaExceeded")
    assert [word for word in words if word not in told] == []


def test_all_pools_at_maxnodes_fit_a_quota_exactly() -> None:
    assert step(decide(with_cpu(), nothing_yet(ROOM), w.MOMENT)).ready


@pytest.mark.parametrize(
    ("want", "running", "words"),
    [
        pytest.param(
            with_cpu(max_nodes=15),
            {},
            ["spec.system needs 4 vCPUs", "spec.cpu needs 30 vCPUs (15 x t3.medium)", "is 32"],
            id="of all its pools together",
        ),
        pytest.param(
            with_cpu(),
            {"L-1216C47A": 6},
            ["6 run already", "L-1216C47A", "--desired-value 38", "lower maxNodes"],
            id="with what runs already",
        ),
        pytest.param(
            with_cpu(spot=True, max_nodes=3), {}, ["L-34B43A08", "spec.cpu needs 6"], id="of spot"
        ),
        pytest.param(
            replace(w.WANT, pools=(w.SYSTEM, replace(w.GPU, max_nodes=3))),
            {},
            ["L-DB2E81BA", "spec.gpu needs 12 vCPUs (3 x g5.xlarge)"],
            id="of a GPU family",
        ),
    ],
)
def test_vcpus_beyond_the_quota_of_the_family_are_refused(
    want: Wish, running: dict[str, int], words: list[str]
) -> None:
    told = message(want, replace(ROOM, running=running), "QuotaExceeded")
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    ("name", "spot", "code"),
    [
        pytest.param("t3.medium", False, "L-1216C47A"),
        pytest.param("im4gn.large", False, "L-1216C47A"),
        pytest.param("g5g.xlarge", False, "L-DB2E81BA"),
        pytest.param("p5.48xlarge", False, "L-417A185B"),
        pytest.param("p5.48xlarge", True, "L-C4BD4855"),
        pytest.param("p4d.24xlarge", True, "L-7212CCBC"),
        pytest.param("m7g.large", True, "L-34B43A08"),
        pytest.param("hpc7g.4xlarge", False, None),
        pytest.param("mac1.metal", False, None),
    ],
)
def test_a_type_counts_against_the_quota_of_its_family(
    name: str, spot: bool, code: str | None
) -> None:
    assert vcpu_quota(name, spot=spot) == code


def test_missing_permissions_are_listed() -> None:
    checks = replace(ROOM, lacking=Lacking(("eks:CreateCluster", "iam:PassRole")))
    told = message(w.WANT, checks, "PermissionMissing")
    assert "eks:CreateCluster, iam:PassRole" in told
    assert "sigopt-operator iam-policy" in told
    assert w.WHO.principal_arn in told


def test_a_role_that_exists_without_our_stack_is_somebody_elses() -> None:
    checks = replace(ROOM, roles=frozenset({"tiny-node-role"}))
    assert "tiny-node-role" in message(w.WANT, checks, "NameConflict")


def test_once_our_stack_stands_its_roles_and_room_are_its_own() -> None:
    full = replace(ROOM, roles=frozenset({"tiny-node-role"}), usage=Usage(5, 5, 100))
    seen = replace(w.EMPTY, stack=w.stack(status="CREATE_IN_PROGRESS"), checks=full)
    assert step(decide(w.WANT, seen, w.MOMENT)).ready


def test_everything_that_is_wrong_is_said_at_once() -> None:
    want = replace(with_cpu(max_nodes=100), version="1.20")
    checks = replace(
        ROOM,
        usage=Usage(5, 5, 100),
        roles=frozenset({"tiny-cluster-role"}),
        lacking=Lacking(("eks:CreateCluster",)),
    )
    told = message(want, checks, "VersionNotOnOffer")
    parts = ("1.20", "tiny-cluster-role", "eks:CreateCluster", "L-1216C47A", "L-F678F1CE")
    assert [part for part in (*parts, "L-0263D0A3", "L-1194D53C") if part not in told] == []
    assert len(told.splitlines()) == 7


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        pytest.param(
            replace(ROOM, quotas=dict.fromkeys(ROOM.quotas, DENIED)),
            "quotas of ec2 (AccessDeniedException)",
            id="quotas",
        ),
        pytest.param(
            replace(ROOM, lacking=Unchecked("permissions", "InvalidInput")),
            "permissions (InvalidInput)",
            id="permissions",
        ),
        pytest.param(
            replace(ROOM, lacking=Lacking(unsure=("iam:PassRole",))),
            "permission for iam:PassRole (depends on a condition)",
            id="a permission on a condition",
        ),
        pytest.param(
            replace(ROOM, roles=Unchecked("names of roles", "AccessDenied")),
            "names of roles (AccessDenied)",
            id="roles",
        ),
        pytest.param(
            replace(ROOM, running=Unchecked("vCPUs that run already", "RequestLimitExceeded")),
            "vCPUs that run already (RequestLimitExceeded)",
            id="vCPUs",
        ),
        pytest.param(
            replace(ROOM, usage=Usage(Unchecked("VPCs in use", "UnauthorizedOperation"), 0, 0)),
            "VPCs in use (UnauthorizedOperation)",
            id="VPCs",
        ),
    ],
)
def test_what_cannot_be_checked_is_said_and_blocks_nothing(checks: Checks, words: str) -> None:
    plan = decide(w.WANT, nothing_yet(checks), w.MOMENT)
    assert step(plan).ready
    assert words in step(plan).message
    assert plan.actions


def edited(want: Wish, checks: Checks) -> Plan:
    seen = replace(w.finished(), facts=w.FACTS, checks=checks)
    return decide(want, seen, w.MOMENT)


def test_an_edit_beyond_the_quota_is_held_back_while_what_stands_goes_on() -> None:
    plan = edited(with_cpu(max_nodes=100), ROOM)
    assert plan.actions == ()
    assert step(plan).blocked
    assert step(plan, "NodePools").message.startswith("waits for Preflight; would set node group")
    assert [p.step.ready for p in plan.parts if p.part.name in ("Network", "ControlPlane")] == [
        True,
        True,
    ]
    assert step(plan, "Connection").ready


def test_an_edit_is_judged_only_by_what_it_concerns() -> None:
    full = replace(ROOM, quotas={**ROOM.quotas, STANDARD.code: replace(STANDARD, value=0)})
    plan = edited(replace(w.WANT, pools=(w.SYSTEM, w.CPU, w.GPU)), full)
    assert step(plan).ready
    assert [str(action) for _, action in plan.actions if "gpu" in str(action)]


@pytest.mark.parametrize(
    ("pool", "reason", "words"),
    [
        pytest.param(
            replace(w.CPU, spot=True, more_types=("m7g.large",)),
            "UnsupportedArchitecture",
            "m7g.large is of another architecture than t3.medium",
            id="types of two architectures",
        ),
        pytest.param(
            replace(w.CPU, spot=True, more_types=("zz9.huge",)),
            "UnknownInstanceType",
            "spec.cpu.instanceTypes: EC2 knows no type zz9.huge",
            id="one of several types unknown",
        ),
        pytest.param(
            replace(w.GPU, spot=True, more_types=("p5.48xlarge",)),
            "TooFewZones",
            "no zone of us-west-2 sells all of g5.xlarge, p5.48xlarge",
            id="types that no zone sells together",
        ),
    ],
)
def test_each_type_of_a_pool_is_judged(pool: object, reason: str, words: str) -> None:
    want = replace(w.WANT, pools=(w.SYSTEM, pool))  # type: ignore[arg-type] # the table's pools
    assert words in message(want, ROOM, reason)


def test_a_region_with_one_zone_has_too_few() -> None:
    facts = replace(w.FACTS, zones=w.ZONES[:1])
    blocked = step(decide(w.WANT, replace(w.EMPTY, facts=facts), w.MOMENT)).blocked
    assert blocked
    assert (blocked.reason, "has 1 zones" in blocked.message) == ("TooFewZones", True)


def test_a_type_that_one_zone_sells_is_made_and_told() -> None:
    want = replace(w.WANT, pools=(w.SYSTEM, replace(w.GPU, instance_type="p5.48xlarge")))
    plan = decide(want, w.EMPTY, w.MOMENT)
    assert step(plan).ready
    assert "p5.48xlarge is sold in us-west-2d only" in step(plan).message

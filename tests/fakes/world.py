"""Snapshots to decide on, built up stage by stage as AWS would show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sigopt_operator.plan.access.entries import ADMIN
from sigopt_operator.plan.addons.part import BEFORE_NODES, WITH_NODES
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.part import design_of
from sigopt_operator.plan.node_pools.part import launch_template_name, node_group_name
from sigopt_operator.plan.node_pools.settings import labels_of, taints_of
from sigopt_operator.plan.ownership import TAG_CIDR, TAG_DESIGN, TAG_POOL, TAG_ZONES
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    Cluster,
    Connection,
    Facts,
    Identity,
    Installed,
    InstanceType,
    LaunchTemplate,
    NodeGroup,
    PodIdentity,
    Snapshot,
    Stack,
    StackResource,
    Zone,
)
from sigopt_operator.plan.wish import Pool, Wish
from sigopt_operator.plan.workload.components.objects import id_of
from sigopt_operator.plan.workload.part import components

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOMENT = Moment(NOW)
ZONES = tuple(Zone(f"us-west-2{letter}", f"usw2-az{n}") for n, letter in enumerate("abcd", 1))
EVERYWHERE = tuple(zone.name for zone in ZONES)
WHO = Identity(
    account="111122223333",
    caller_arn="arn:aws:sts::111122223333:assumed-role/operator/session",
    principal_arn="arn:aws:iam::111122223333:role/ops/operator",
)
SHARED = "arn:aws:iam::111122223333:role/tiny-k8s-access-role"

SYSTEM = Pool("system", "t3.large", 1, 2, 50)
CPU = Pool("cpu", "t3.medium", 0, 4, 50)
GPU = Pool("gpu", "g5.xlarge", 0, 2, 100)
WANT = Wish(
    uid="0a1b2c3d-0000-4000-8000-000000000001",
    namespace="ml",
    name="tiny",
    generation=1,
    cluster_name="tiny",
    region="us-west-2",
    version="1.34",
    pools=(SYSTEM, CPU),
)
FACTS = Facts(
    zones=ZONES,
    types={
        kind.name: kind
        for kind in (
            InstanceType("t3.large", ("x86_64",), zones=EVERYWHERE, vcpus=2),
            InstanceType("t3.medium", ("x86_64",), zones=EVERYWHERE, vcpus=2),
            InstanceType("m7g.large", ("arm64",), zones=EVERYWHERE, vcpus=2),
            InstanceType("mac1.metal", ("x86_64_mac",), zones=EVERYWHERE, vcpus=12),
            InstanceType("g5.xlarge", ("x86_64",), ("A10G",), 1, EVERYWHERE[:3], 4),
            InstanceType("g5g.xlarge", ("arm64",), ("T4g",), 1, EVERYWHERE[:3], 4),
            InstanceType("g7.2xlarge", ("x86_64",), ("RTX",), 1, EVERYWHERE[:3], 8),
            InstanceType("p2.xlarge", ("x86_64",), ("K80",), 1, EVERYWHERE[:3], 4),
            InstanceType("p5.48xlarge", ("x86_64",), ("H100",), 8, ("us-west-2d",), 192),
            InstanceType("x9.nowhere", ("x86_64",), zones=()),
        )
    },
    versions=("1.36", "1.35", "1.34", "1.33"),
)
EMPTY = Snapshot(identity=WHO, facts=FACTS)
ADDON_VERSION = "v1.10.2-eksbuild.1"
FOREIGN = {"team": "somebody-else"}


def ago(**units: float) -> datetime:
    """A moment before NOW."""
    return NOW - timedelta(**units)


def stack(
    want: Wish = WANT, status: str = "CREATE_COMPLETE", *, without: tuple[str, ...] = ()
) -> Stack:
    """The stack as designed for the wish; resources named in `without` are not complete yet."""
    design = design_of(want, EMPTY)
    ids = ["ClusterRole", "NodeRole", "AccessRole", "AutoscalerRole", "PrivateRoute"]
    ids += [f"PrivateSubnet{i}" for i in range(len(design.zones))]
    return Stack(
        id="arn:aws:cloudformation:us-west-2:111122223333:stack/tiny-sigopt/1",
        name="tiny-sigopt",
        status=status,
        since=ago(minutes=1),
        tags={
            **want.tags,
            TAG_DESIGN: design.digest,
            **({TAG_ZONES: " ".join(design.zones), TAG_CIDR: design.cidr} if design.zones else {}),
        },
        resources={
            name: StackResource(
                name,
                f"{name}-id",
                "CREATE_IN_PROGRESS" if name in without else "CREATE_COMPLETE",
                updated_at=ago(minutes=1),
            )
            for name in ids
        },
    )


def cluster(want: Wish = WANT, status: str = "ACTIVE") -> Cluster:
    """The control plane."""
    return Cluster(
        name="tiny",
        arn="arn:aws:eks:us-west-2:111122223333:cluster/tiny",
        status=status,
        created_at=ago(minutes=2),
        version="1.34",
        endpoint="https://127.0.0.1:6443" if status == "ACTIVE" else "",
        certificate_authority="Zm9v" if status == "ACTIVE" else "",
        vpc_id="vpc-1",
        tags=want.tags,
    )


def group(pool: Pool, want: Wish = WANT, status: str = "ACTIVE") -> NodeGroup:
    """The node group that the pool wants, with the pool's limits."""
    return NodeGroup(
        name=node_group_name(pool),
        status=status,
        created_at=ago(minutes=1),
        modified_at=ago(minutes=1),
        version="1.34",
        instance_types=(pool.instance_type,),
        min_size=pool.min_nodes,
        max_size=pool.max_nodes,
        desired_size=pool.min_nodes,
        labels=labels_of(pool, FACTS.types.get(pool.instance_type)),
        taints=taints_of(pool),
        tags={**want.tags, TAG_POOL: pool.name},
    )


def template(pool: Pool, want: Wish = WANT) -> LaunchTemplate:
    """The launch template of the pool's node group."""
    return LaunchTemplate(
        launch_template_name("tiny", node_group_name(pool)), f"lt-{pool.name}", want.tags
    )


def addon(name: str, status: str = "ACTIVE") -> Addon:
    """A managed add-on."""
    return Addon(name, status, ago(seconds=30), ADDON_VERSION, tags=WANT.tags)


ASSOCIATION = PodIdentity(
    "a-1", "arn:aws:iam::111122223333:role/tiny-autoscaler-role", tags=WANT.tags
)


def installed(want: Wish = WANT, version: str = "1.34") -> Installed:
    """Everything in the cluster itself as it is applied to one of that version."""
    there = replace(cluster(want), version=version)
    seen = Snapshot(identity=WHO, cluster=there, pod_identity=ASSOCIATION)
    every = [manifest for each in components(want, seen) for manifest in each.objects]
    return Installed({id_of(manifest): manifest for manifest in every})


def entries() -> tuple[AccessEntry, ...]:
    """Both access entries that are wanted."""
    return (AccessEntry(WHO.principal_arn, ADMIN), AccessEntry(SHARED, ADMIN))


def finished(want: Wish = WANT) -> Snapshot:
    """Everything as wished."""
    return Snapshot(
        identity=WHO,
        stack=stack(want),
        cluster=cluster(want),
        node_groups=tuple(group(pool, want) for pool in want.pools),
        launch_templates=tuple(template(pool, want) for pool in want.pools),
        addons=tuple(addon(name) for name in BEFORE_NODES + WITH_NODES),
        access_entries=entries(),
        installed=installed(want),
        pod_identity=ASSOCIATION,
        connection=Connection(version="v1.34.2", nodes_ready=1, nodes=1),
    )


def deleting(want: Wish = WANT) -> Wish:
    """The wish that it were gone."""
    return replace(want, deleting=True)

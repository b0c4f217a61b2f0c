"""Whether what AWS has is what a spec says, part by part. Pure.

Written from docs/resource.md alone and not from the operator's planners, so that a mistake there is
none here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.reliability.normal import Dump, living
from tests.reliability.soak.edits import Spec

from sigopt_operator.plan.ownership import TAG_UID

POOLS = ("system", "cpu", "gpu")
SYSTEM: Spec = {"instanceType": "t3.large", "minNodes": 1, "maxNodes": 2}
VOLUME = 50
TYPE_LABEL = "orchestrate.sigopt.com/node-group-type"
OF_GPUS = ("k8s.amazonaws.com/accelerator", "nvidia.com/gpu.count", "nvidia.com/gpu.present")
GPU_TAINT = ("nvidia.com/gpu", "present", "NO_SCHEDULE")
ADDONS = frozenset({"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"})
OF_EVERY_NODE = frozenset(
    {"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"}
)
TAGGED = (
    "cloudformation:stack",
    "eks:cluster",
    "eks:nodegroup",
    "eks:addon",
    "eks:podidentityassociation",
    "ec2:launch-template",
    "autoscaling:group",
)
OURS = "orchestrate.sigopt.com/"
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """What an account has, by kind and id, without what is gone and what was always there."""

    things: Mapping[str, Mapping[str, Facts]]

    @classmethod
    def of(cls, dump: Dump) -> Account:
        """The account that was dumped."""
        found: dict[str, dict[str, Facts]] = {}
        for kind, key, facts in living(dump):
            found.setdefault(kind, {})[key] = facts
        return cls(found)

    def all(self, kind: str) -> Mapping[str, Facts]:
        """Everything of a kind, by id."""
        return self.things.get(kind, {})

    def records(self, kind: str) -> list[Facts]:
        """What AWS says of everything of a kind."""
        return [facts["record"] for facts in self.all(kind).values()]


@dataclass(frozen=True)
class Wanted:
    """A resource's wish."""

    name: str
    """Of the cluster."""
    uid: str
    spec: Spec
    user: str = "operator"
    """As whom the operator acts in AWS."""

    @property
    def pools(self) -> Mapping[str, Spec]:
        """The pools that are wanted, with what is omitted of the system pool."""
        given = {"system": {}, **{n: self.spec[n] for n in POOLS if n in self.spec}}
        return {n: {**SYSTEM, **pool} if n == "system" else pool for n, pool in given.items()}


Look = Callable[[Wanted, Account], Iterator[str]]


def unlike(wanted: Wanted, account: Account) -> list[str]:
    """How the account is not as the whole spec says; empty where it is."""
    return [
        told
        for part, look in PARTS.items()
        for told in (f"{part}: {each}" for each in look(wanted, account))
    ]


def inside_unlike(wanted: Wanted, inside: Collection[str], beside: Collection[str]) -> list[str]:
    """How the objects inside the cluster, and the Secrets beside the resource, are not as wished.

    Each is `Kind/name`; those alone that carry the resource's mark.
    """
    named = wanted.spec.get("access", {}).get("kubeconfigSecretRef", {}).get("name")
    scaled = wanted.spec.get("autoscaler", {}).get("enabled", True)
    has = {
        "Deployment/cluster-autoscaler": scaled,
        "DaemonSet/nvidia-device-plugin": "gpu" in wanted.spec,
        "Namespace/orchestrate": True,
    }
    told = [
        f"inside the cluster: {name} is {'missing' if wished else 'still there'}"
        for name, wished in has.items()
        if wished is not (name in inside)
    ]
    secrets = {f"Secret/{named or f'{wanted.name}-kubeconfig'}"}
    return [*told, *_same("Secrets beside it", secrets, set(beside))]


def part_unlike(part: str, wanted: Wanted, account: Account) -> list[str]:
    """How the account is not as the spec says in what one part's condition speaks of."""
    look = PARTS.get(part)
    return list(look(wanted, account)) if look else []


def _network(wanted: Wanted, account: Account) -> Iterator[str]:
    stacks = account.records("cloudformation:stack")
    if [stack["StackName"] for stack in stacks] != [f"{wanted.name}-sigopt"]:
        yield f"stacks {[stack['StackName'] for stack in stacks]}"
        return
    if stacks[0]["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        yield f"the stack is {stacks[0]['StackStatus']}"
    for kind in ("vpc", "natgateway", "elastic-ip", "internet-gateway"):
        if len(account.all(f"ec2:{kind}")) != 1:
            yield f"{len(account.all(f'ec2:{kind}'))} of ec2:{kind}"
    role = account.all("iam:role").get(f"{wanted.name}-node-role")
    more = {_short(arn) for arn in wanted.spec["aws"].get("additionalPolicies", ())}
    attached = {_short(arn) for arn in role["record"]["AttachedPolicies"]} if role else set()
    yield from _same("the nodes' policies", OF_EVERY_NODE | more, attached)


def _control_plane(wanted: Wanted, account: Account) -> Iterator[str]:
    clusters, spec = account.all("eks:cluster"), wanted.spec
    if list(clusters) != [wanted.name]:
        yield f"clusters {list(clusters)}"
        return
    record = clusters[wanted.name]["record"]
    network = record["resourcesVpcConfig"]
    logs = record["logging"]["clusterLogging"]
    yield from _same("its status", "ACTIVE", record["status"])
    if version := spec.get("kubernetesVersion"):
        yield from _same("its version", version, record["version"])
    enabled = {kind for group in logs if group["enabled"] for kind in group["types"]}
    yield from _same("its logs", set(spec.get("logging", ())), enabled)
    private = spec.get("endpointAccess", {}).get("private", True)
    yield from _same("private access", private, network["endpointPrivateAccess"])
    protected = spec.get("deletionProtection", False)
    yield from _same("its protection", protected, record["deletionProtection"])


def _access(wanted: Wanted, account: Account) -> Iterator[str]:
    access = wanted.spec.get("access", {})
    role = account.all("iam:role").get(f"{wanted.name}-k8s-access-role")
    if role is None:
        yield "no access role"
    elif "principals" in access:
        trusted = _principals(json.loads(role["record"]["AssumeRolePolicyDocument"]))
        people = {arn for arn in trusted if not arn.endswith(f":user/{wanted.user}")}
        yield from _same("whom the access role trusts", set(access["principals"]), people)
    for record in account.records("eks:cluster"):
        had = {
            arn.rpartition("/")[2]: {_short(policy["policyArn"]) for policy in entry["policies"]}
            for arn, entry in record["access"].items()
            if entry["type"] == "STANDARD"
        }
        everything = {"AmazonEKSClusterAdminPolicy"}
        people_want = {
            entry["principal"].rpartition("/")[2]: {entry["policy"]}
            for entry in access.get("entries", ())
        }
        own = {f"{wanted.name}-k8s-access-role": everything, wanted.user: everything}
        yield from _same("access entries", own | people_want, had)


def _addons(wanted: Wanted, account: Account) -> Iterator[str]:
    records = account.records("eks:addon")
    names = ADDONS | {addon["name"] for addon in wanted.spec.get("addons", ())}
    yield from _same("which there are", names, {each["addonName"] for each in records})
    for each in records:
        yield from _same(f"{each['addonName']}'s status", "ACTIVE", each["status"])


def _node_pools(wanted: Wanted, account: Account) -> Iterator[str]:
    groups = account.records("eks:nodegroup")
    by_pool = {str(group["nodegroupName"]).partition("-")[0]: group for group in groups}
    yield from _same(
        "node groups of",
        sorted(wanted.pools),
        sorted(g["nodegroupName"].partition("-")[0] for g in groups),
    )
    versions = {cluster["version"] for cluster in account.records("eks:cluster")}
    for name, pool in wanted.pools.items():
        group = by_pool.get(name)
        if group is not None:
            for told in _pool(name, pool, group):
                yield f"{group['nodegroupName']}: {told}"
            yield from _same(f"{name}'s version", versions, {group["version"]})
    yield from _templates(wanted, account, groups)
    yield from _same("auto scaling groups", len(groups), len(account.all("autoscaling:group")))


def _pool(name: str, pool: Spec, group: Facts) -> Iterator[str]:
    yield from _same("status", "ACTIVE", group["status"])
    yield from _same("types", [pool["instanceType"]], group["instanceTypes"])
    limits = group["scalingConfig"]
    yield from _same("least", pool["minNodes"], limits["minSize"])
    yield from _same("most", pool["maxNodes"], limits["maxSize"])
    labels = {k: v for k, v in group["labels"].items() if k not in OF_GPUS}
    yield from _same("labels", {TYPE_LABEL: name, **pool.get("labels", {})}, labels)
    taints = {(t["key"], t["value"], EFFECTS[t["effect"]]) for t in pool.get("taints", ())}
    taints |= {GPU_TAINT} if name == "gpu" else set()
    have = {(t["key"], t.get("value"), t["effect"]) for t in group["taints"] or ()}
    yield from _same("taints", taints, have)
    yield from _same("health", [], group["health"]["issues"])


def _templates(wanted: Wanted, account: Account, groups: list[Facts]) -> Iterator[str]:
    """One of ours for each node group; EKS makes copies of its own."""
    ours = {
        str(record["LaunchTemplateName"]): record["Versions"][0]["LaunchTemplateData"]
        for record in account.records("ec2:launch-template")
        if str(record["LaunchTemplateName"]).startswith(f"{wanted.name}-")
    }
    names = {f"{wanted.name}-{group['nodegroupName']}" for group in groups}
    yield from _same("launch templates", names, set(ours))
    for name, data in ours.items():
        pool = wanted.pools.get(name.removeprefix(f"{wanted.name}-").partition("-")[0], {})
        size = data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]
        yield from _same(f"{name}'s volume", pool.get("nodeVolumeSize", VOLUME), size)


def _tags(wanted: Wanted, account: Account) -> Iterator[str]:
    """Of the spec, on all that can carry some; no condition speaks of these alone."""
    tags = dict(wanted.spec.get("tags", {}))
    for kind in TAGGED:
        for key, facts in account.all(kind).items():
            if any(tag.startswith(OURS) for tag in facts["tags"]):  # not a copy of EKS's
                yield from _same(f"{kind} {key}", tags, _of_people(facts["tags"]))
                yield from _same(f"whose {kind} {key} is", wanted.uid, facts["tags"].get(TAG_UID))


PARTS: Mapping[str, Look] = {
    "NetworkReady": _network,
    "ControlPlaneReady": _control_plane,
    "AccessReady": _access,
    "AddonsReady": _addons,
    "NodePoolsReady": _node_pools,
    "tags": _tags,
}
"""What each part's condition speaks of, and tags, of which none does."""


def _same(what: str, wanted: object, have: object) -> Iterator[str]:
    if wanted != have:
        yield f"{what}: {_told(have)}, wanted {_told(wanted)}"


def _told(value: object) -> str:
    return str(sorted(value, key=str) if isinstance(value, set | frozenset) else value)


def _of_people(tags: Mapping[str, str]) -> Mapping[str, str]:
    """The tags that the spec names; the others are ours, or AWS's."""
    return {k: v for k, v in tags.items() if "/" not in k and ":" not in k and k != "Name"}


def _principals(trust: Facts) -> set[str]:
    found = set()
    for statement in trust["Statement"]:
        arns = statement["Principal"].get("AWS", ())
        found |= {arns} if isinstance(arns, str) else set(arns)
    return found


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]

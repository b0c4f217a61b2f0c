"""An account as it is when all of a spec is done, written by hand; tests spoil it."""

from __future__ import annotations

import json
from typing import Any

from tests.reliability.soak.edits import COLLEAGUE, POLICY, Spec
from tests.reliability.soak.wanted import ADDONS, OF_EVERY_NODE, OURS

UID, NAME = "the-uid", "life-1"
TAGS = {"owner": "ann", f"{OURS}cluster-uid": UID}
SPEC: Spec = {
    "provider": "aws",
    "region": "us-west-2",
    "kubernetesVersion": "1.34",
    "cpu": {"instanceType": "m5.large", "minNodes": 0, "maxNodes": 3, "labels": {"team": "a"}},
    "gpu": {
        "instanceType": "g5.xlarge",
        "minNodes": 0,
        "maxNodes": 1,
        "nodeVolumeSize": 80,
        "taints": [{"key": "team", "value": "a", "effect": "NoSchedule"}],
    },
    "aws": {"credentialsSecretRef": {"name": "keys"}, "additionalPolicies": [POLICY]},
    "access": {
        "principals": [COLLEAGUE],
        "entries": [{"principal": COLLEAGUE, "policy": "AmazonEKSViewPolicy"}],
    },
    "logging": ["api"],
    "addons": [{"name": "metrics-server"}],
    "tags": {"owner": "ann"},
}
GROUPS: dict[str, Any] = {
    "system": ("t3.large", 1, 2, 50, {}, []),
    "cpu": ("m5.large", 0, 3, 50, {"team": "a"}, []),
    "gpu": (
        "g5.xlarge",
        0,
        1,
        80,
        {"nvidia.com/gpu.count": "1"},
        [("team", "a", "NO_SCHEDULE"), ("nvidia.com/gpu", "present", "NO_SCHEDULE")],
    ),
}

Things = dict[str, dict[str, dict[str, Any]]]


def things() -> Things:
    """By kind and id, as the sandbox dumps them."""
    groups = {f"{NAME}/{pool}-1": _group(pool) for pool in GROUPS}
    templates = {f"lt-{pool}": _template(pool) for pool in GROUPS}
    return {
        "cloudformation:stack": {f"{NAME}-sigopt": _stack()},
        **{f"ec2:{kind}": {f"{kind}-1": {"tags": TAGS}} for kind in ("vpc", "elastic-ip")},
        "ec2:natgateway": {"nat-1": {"tags": TAGS, "status": "available"}},
        "ec2:internet-gateway": {"igw-1": {"tags": TAGS}},
        "ec2:launch-template": {**templates, "lt-of-eks": _of_eks()},
        "eks:cluster": {NAME: _cluster()},
        "eks:addon": {f"{NAME}/{n}": _addon(n) for n in (*sorted(ADDONS), "metrics-server")},
        "eks:nodegroup": groups,
        "autoscaling:group": {f"asg-{pool}": {"tags": TAGS} for pool in GROUPS},
        "iam:role": {
            f"{NAME}-node-role": _role(policies=[*sorted(OF_EVERY_NODE), POLICY]),
            f"{NAME}-k8s-access-role": _role(trusted=[COLLEAGUE, "arn:aws:iam::3:user/operator"]),
        },
    }


def dump(of: Things) -> dict[str, Things]:
    """The dump of an account that has these."""
    return {"300000000001/us-west-2": of}


def _stack() -> dict[str, Any]:
    record = {"StackName": f"{NAME}-sigopt", "StackStatus": "CREATE_COMPLETE", "StackId": "1"}
    return {"status": "CREATE_COMPLETE", "tags": TAGS, "record": record}


def _cluster() -> dict[str, Any]:
    def entry(policy: str) -> dict[str, Any]:
        return {"type": "STANDARD", "policies": [{"policyArn": f"arn:aws:eks::aws:x/{policy}"}]}

    everything = "AmazonEKSClusterAdminPolicy"
    record: dict[str, Any] = {
        "status": "ACTIVE",
        "version": "1.34",
        "createdAt": "today",
        "resourcesVpcConfig": {"endpointPrivateAccess": True},
        "logging": {"clusterLogging": [{"types": ["api"], "enabled": True}]},
        "deletionProtection": False,
        "access": {
            COLLEAGUE: entry("AmazonEKSViewPolicy"),
            f"arn:aws:iam::3:role/{NAME}-k8s-access-role": entry(everything),
            "arn:aws:iam::3:user/operator": entry(everything),
            "arn:aws:iam::3:role/node": {"type": "EC2_LINUX", "policies": []},
        },
    }
    return {"status": "ACTIVE", "tags": TAGS, "record": record}


def _group(pool: str) -> dict[str, Any]:
    kind, least, most, _, labels, taints = GROUPS[pool]
    record: dict[str, Any] = {
        "nodegroupName": f"{pool}-1",
        "status": "ACTIVE",
        "version": "1.34",
        "instanceTypes": [kind],
        "scalingConfig": {"minSize": least, "maxSize": most},
        "labels": {f"{OURS}node-group-type": pool, **labels},
        "taints": [{"key": k, "value": v, "effect": e} for k, v, e in taints] or None,
        "health": {"issues": []},
    }
    return {"status": "ACTIVE", "tags": TAGS, "record": record}


def _template(pool: str) -> dict[str, Any]:
    data = {"BlockDeviceMappings": [{"Ebs": {"VolumeSize": GROUPS[pool][3]}}]}
    versions = [{"LaunchTemplateData": data}]
    name = f"{NAME}-{pool}-1"
    return {"tags": TAGS, "record": {"LaunchTemplateName": name, "Versions": versions}}


def _of_eks() -> dict[str, Any]:
    return {"tags": {}, "record": {"LaunchTemplateName": "eks-1", "Versions": []}}


def _addon(name: str) -> dict[str, Any]:
    return {"tags": TAGS, "record": {"addonName": name, "status": "ACTIVE"}}


def _role(policies: list[str] | None = None, trusted: list[str] | None = None) -> dict[str, Any]:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": trusted or []}}]}
    record = {"AttachedPolicies": policies or [], "AssumeRolePolicyDocument": json.dumps(trust)}
    return {"tags": TAGS, "record": record}

"""What a person may do to a spec: right edits, and wrong ones with what is said of them. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sigopt_sandbox.launcher.administrator import NAME
from sigopt_sandbox.launcher.state import ACCOUNT

Spec = dict[str, Any]

VERSIONS = ("1.32", "1.33", "1.34", "1.35", "1.36")
TYPES: Mapping[str, tuple[str, ...]] = {
    "system": ("t3.large", "m5.large"),
    "cpu": ("t3.medium", "m5.large", "c5.xlarge", "m6g.large"),
    "gpu": ("g5.xlarge", "g4dn.xlarge"),
}
COLLEAGUE = f"arn:aws:iam::{ACCOUNT}:user/{NAME}"
"""Whom IAM knows: the sandbox's administrator."""
NOBODY = f"arn:aws:iam::{ACCOUNT}:user/nobody-of-that-name"
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
NO_POLICY = "arn:aws:iam::aws:policy/NoSuchPolicy"
ADDONS = ("metrics-server", "snapshot-controller", "eks-node-monitoring-agent")
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True)
class Edit:
    """A kind of edit."""

    name: str
    make: Callable[[Random, Spec], Spec | None]
    """The spec afterwards; None where it would change nothing or cannot be."""


@dataclass(frozen=True)
class Mistake:
    """A kind of wrong spec."""

    name: str
    make: Callable[[Spec], Spec]
    reasons: frozenset[str]
    """With which the operator blocks it; empty: the API server does not take it."""
    mend: Callable[[Spec], Spec] = lambda spec: spec
    """From the spec before it, how it is put right: as it was, as a rule."""
    from_the_start: bool = True
    """Whether a resource may be made so; otherwise only an existing one gets it."""


def first(chance: Random) -> Spec:
    """A spec to begin with: of every kind, some more often than others."""
    pools = chance.choice((("cpu",), ("cpu",), ("gpu",), ("cpu", "gpu")))
    spec: Spec = {
        "provider": "aws",
        "region": "us-west-2",
        "aws": {"credentialsSecretRef": {"name": "keys"}},
        **{name: _pool(chance, name) for name in pools},
    }
    if chance.random() < 0.8:
        spec["kubernetesVersion"] = chance.choice(VERSIONS[:3])
    for edit in chance.sample(EDITS, chance.randrange(4)):
        spec = edit.make(chance, spec) or spec
    return spec


def _pool(chance: Random, name: str) -> Spec:
    least = chance.choice((1,) if name == "system" else (0, 0, 1))
    pool: Spec = {
        "instanceType": chance.choice(TYPES[name]),
        "minNodes": least,
        "maxNodes": least + chance.randint(1, 3),
    }
    if chance.random() < 0.3:
        pool["nodeVolumeSize"] = chance.choice((40, 60, 80))
    return pool


def _present(spec: Spec) -> list[str]:
    return [name for name in TYPES if name in spec]


def _with_pool(spec: Spec, name: str, **fields: Any) -> Spec:
    return {**spec, name: {**spec[name], **fields}}


def _limits(chance: Random, spec: Spec) -> Spec:
    name = chance.choice(_present(spec))
    least = chance.randint(1 if name == "system" else 0, 2)
    return _with_pool(spec, name, minNodes=least, maxNodes=least + chance.randint(1, 3))


def _another_type(chance: Random, spec: Spec) -> Spec:
    name = chance.choice(_present(spec))
    types = [each for each in TYPES[name] if each != spec[name]["instanceType"]]
    return _with_pool(spec, name, instanceType=chance.choice(types))


def _another_volume(chance: Random, spec: Spec) -> Spec:
    name = chance.choice(_present(spec))
    return _with_pool(spec, name, nodeVolumeSize=chance.choice((30, 50, 70)))


def _add_pool(chance: Random, spec: Spec) -> Spec | None:
    missing = [name for name in TYPES if name not in spec]
    if not missing:
        return None
    name = chance.choice(missing)
    return {**spec, name: _pool(chance, name)}


def _remove_pool(chance: Random, spec: Spec) -> Spec | None:
    if "cpu" not in spec or "gpu" not in spec:
        return None
    return _without(spec, chance.choice(("cpu", "gpu")))


def _labels(chance: Random, spec: Spec) -> Spec:
    name = chance.choice(_present(spec))
    return _with_pool(spec, name, labels={"team": chance.choice("abc")})


def _taints(chance: Random, spec: Spec) -> Spec | None:
    names = [name for name in _present(spec) if name != "system"]
    name = chance.choice(names)
    if spec[name].get("taints"):
        return {**spec, name: _without(spec[name], "taints")}
    effect = chance.choice(("NoSchedule", "PreferNoSchedule"))
    return _with_pool(spec, name, taints=[{"key": "team", "value": "a", "effect": effect}])


def _upgrade(chance: Random, spec: Spec) -> Spec | None:
    version = spec.get("kubernetesVersion")
    later = VERSIONS[VERSIONS.index(version) + 1 :] if version in VERSIONS else ()
    if not later:
        return None
    return {**spec, "kubernetesVersion": chance.choice(later[:2])}


def _share(chance: Random, spec: Spec) -> Spec:
    if (spec.get("access") or {}).get("principals"):
        return _with_access(spec, principals=[])
    return _with_access(spec, principals=[COLLEAGUE])


def _entry(chance: Random, spec: Spec) -> Spec:
    if (spec.get("access") or {}).get("entries"):
        return {**spec, "access": _without(spec["access"], "entries")}
    policy = chance.choice(("AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy"))
    return _with_access(spec, entries=[{"principal": COLLEAGUE, "policy": policy}])


def _kubeconfig(chance: Random, spec: Spec) -> Spec:
    name = f"kubeconfig-{chance.choice('ab')}"
    return _with_access(spec, kubeconfigSecretRef={"name": name})


def _with_access(spec: Spec, **fields: Any) -> Spec:
    return {**spec, "access": {**spec.get("access", {}), **fields}}


def _logging(chance: Random, spec: Spec) -> Spec:
    return {**spec, "logging": chance.sample(LOGS, chance.randint(0, 2))}


def _endpoint(chance: Random, spec: Spec) -> Spec:
    return {**spec, "endpointAccess": {"private": chance.random() < 0.5}}


def _policies(chance: Random, spec: Spec) -> Spec:
    given = spec["aws"].get("additionalPolicies")
    return {**spec, "aws": {**spec["aws"], "additionalPolicies": [] if given else [POLICY]}}


def _addons(chance: Random, spec: Spec) -> Spec:
    return {**spec, "addons": [{"name": n} for n in chance.sample(ADDONS, chance.randint(0, 2))]}


def _tags(chance: Random, spec: Spec) -> Spec:
    return {**spec, "tags": {"owner": chance.choice(("ann", "bob")), "stage": "soak"}}


def _autoscaler(chance: Random, spec: Spec) -> Spec:
    enabled = (spec.get("autoscaler") or {}).get("enabled", True)
    return {**spec, "autoscaler": {"enabled": not enabled}}


EDITS = (
    Edit("limits", _limits),
    Edit("another instance type", _another_type),
    Edit("another volume", _another_volume),
    Edit("a pool more", _add_pool),
    Edit("a pool less", _remove_pool),
    Edit("labels", _labels),
    Edit("taints", _taints),
    Edit("another version", _upgrade),
    Edit("colleagues", _share),
    Edit("an access entry", _entry),
    Edit("another Secret for the kubeconfig", _kubeconfig),
    Edit("logs", _logging),
    Edit("the endpoint", _endpoint),
    Edit("policies of nodes", _policies),
    Edit("add-ons", _addons),
    Edit("tags", _tags),
    Edit("the autoscaler", _autoscaler),
)


def _set(path: str, value: Any) -> Callable[[Spec], Spec]:
    def made(spec: Spec) -> Spec:
        spec = copy.deepcopy(spec)
        *parents, last = path.split(".")
        place = spec
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
        return spec

    return made


def _unknown_type(spec: Spec) -> Spec:
    return {**spec, "cpu": {"minNodes": 0, "maxNodes": 2, "instanceType": "m5.lagre"}}


def _no_gpu(spec: Spec) -> Spec:
    return {**spec, "gpu": {"minNodes": 0, "maxNodes": 2, "instanceType": "m5.large"}}


def _no_version(spec: Spec) -> Spec:
    """The version never goes down: so what is on offer cannot be written any more, only omitted."""
    return _without(spec, "kubernetesVersion")


def _more_than_most(spec: Spec) -> Spec:
    return {**spec, "cpu": {"instanceType": "t3.medium", "minNodes": 3, "maxNodes": 2}}


def _without(spec: Spec, name: str) -> Spec:
    return {key: value for key, value in spec.items() if key != name}


MISTAKES = (
    Mistake("a type that does not exist", _unknown_type, frozenset({"UnknownInstanceType"})),
    Mistake("a gpu pool without a GPU", _no_gpu, frozenset({"NoNvidiaGpu"})),
    Mistake(
        "a version that is not on offer",
        _set("kubernetesVersion", "1.77"),
        frozenset({"VersionNotOnOffer"}),
        mend=_no_version,
    ),
    Mistake(
        "a colleague whom IAM does not know",
        _set("access.principals", [NOBODY]),
        frozenset({"PrincipalNotFound"}),
    ),
    Mistake(
        "an access entry for nobody",
        _set("access.entries", [{"principal": NOBODY, "policy": "AmazonEKSViewPolicy"}]),
        frozenset({"AccessEntryRefused"}),
    ),
    Mistake(
        "a policy that does not exist",
        _set("aws.additionalPolicies", [NO_POLICY]),
        frozenset({"StackFailed"}),
    ),
    Mistake(
        "a Secret that does not exist",
        _set("aws.credentialsSecretRef", {"name": "lost"}),
        frozenset({"SecretMissing"}),
    ),
    Mistake("more at least than at most", _more_than_most, frozenset()),
    Mistake("another region", _set("region", "eu-west-1"), frozenset(), from_the_start=False),
)

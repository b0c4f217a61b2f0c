"""What there is, in words that are the same for two worlds that are alike.

Ids, addresses, times and the numbers of attempts differ from run to run; names, tags, settings and
what refers to what do not.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.reliability.calls import lasting

from sigopt_operator.plan.ownership import TAG_ATTEMPT
from sigopt_operator.plan.workload.components.objects import APPLIED

Dump = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]
"""Of the sandbox: by account and region, by kind, by id."""
Things = Mapping[str, tuple[str, ...]]
"""By kind and name: what is said of each thing that is called so, as JSON, in order."""

GONE = {
    "ec2:natgateway": ("deleted",),
    "ec2:instance": ("terminated", "shutting-down"),
    "cloudformation:stack": ("DELETE_COMPLETE",),
}
"""What AWS still describes for a while though it is gone."""
COUNTED = ("ec2:instance", "ec2:volume", "ec2:network-interface")
"""What nobody asked for by itself: only how many there are of each kind of it is compared."""
PEOPLE = "iam:user"
OF_THE_MOMENT = frozenset(
    """
    createdAt modifiedAt associatedAt CreationTime LastUpdatedTime CreateDate CreatedTime CreateTime
    LastUpdateDate lastTransitionTime expirationTime creationTimestamp StatusReason
    StackStatusReason endpoint certificateAuthority identity connectCommand
    PublicIp PrivateIp PrivateIpAddress MacAddress AvailableIpAddressCount
    RoleId AttachmentId AssociationId RouteTableAssociationId SecurityGroupRuleId
    InstanceProfileId NetworkInterfaceId ClientToken clientRequestToken
    Instances Events events _activities RoleLastUsed health
    resourceVersion uid managedFields generation DesiredCapacity desiredSize desiredNodes nodes
    """.split()
)
"""Fields whose values are of one run alone. Desired sizes are the autoscaler's."""
DIGESTS = (TAG_ATTEMPT, APPLIED)
"""Tags and annotations of which the same holds: a digest is of ids too."""


def living(dump: Dump) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Kind, id and facts of everything that somebody made and that is not gone."""
    for kinds in dump.values():
        for kind, things in kinds.items():
            for key, facts in things.items():
                gone = facts.get("status") in GONE.get(kind, ())
                service_linked = str(facts.get("path", "")).startswith("/aws-service-role/")
                if not gone and not service_linked and not facts.get("furniture"):
                    yield kind, key, facts


def of_aws(dump: Dump) -> Things:
    """Everything that an account has but the people in it."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for kind, key, facts in living(dump):
        if kind in COUNTED:
            told[f"{kind} {lasting(str(facts.get('status', '')))}"].append("")
        elif kind != PEOPLE:
            for part, of_it in _apart(kind, facts):
                told[f"{part} {_named(key, facts)}"].append(_line(of_it))
    return _ordered(told)


def of_objects(objects: list[dict[str, Any]]) -> Things:
    """Objects of a cluster."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for each in objects:
        meta = each["metadata"]
        name = lasting(f"{meta.get('namespace', '')}/{meta['name']}")
        told[f"{each['kind']} {name}"].append(_line(_open(each)))
    return _ordered(told)


def of_the_resource(found: Mapping[str, Any] | None) -> Things:
    """The resource as people see it: its spec, its finalizers and its status."""
    if found is None:
        return {}
    status = {k: v for k, v in found.get("status", {}).items() if not k.endswith("Generation")}
    status["conditions"] = [
        {k: v for k, v in condition.items() if k != "observedGeneration"}
        for condition in status.get("conditions", ())
    ]
    told = {"finalizers": found["metadata"].get("finalizers", []), "spec": found["spec"], **status}
    return {"the resource": (_line(told),)}


def difference(expected: Things, found: Things) -> list[str]:
    """How what was found is not as expected; empty where it is."""
    told = []
    for name in sorted({*expected, *found}):
        wanted, have = Counter(expected.get(name, ())), Counter(found.get(name, ()))
        missing, extra = list((wanted - have).elements()), list((have - wanted).elements())
        if (name in expected) is not (name in found):
            told.append(f"{name}: {'is missing' if name in expected else 'was not expected'}")
        elif len(missing) == len(extra):
            for one, other in zip(missing, extra, strict=True):
                told += [f"{name}: {d}" for d in _walk("", json.loads(one), json.loads(other))]
        elif missing or extra:
            told.append(f"{name}: {len(missing)} are missing, {len(extra)} were not expected")
    return told


def _walk(path: str, wanted: Any, have: Any) -> Iterator[str]:
    """Where two values that differ do so."""
    if isinstance(wanted, dict) and isinstance(have, dict):
        for key in sorted({*wanted, *have}):
            if wanted.get(key) != have.get(key):
                yield from _walk(f"{path}.{key}", wanted.get(key), have.get(key))
    elif isinstance(wanted, list) and isinstance(have, list) and len(wanted) == len(have):
        for number, (one, other) in enumerate(zip(wanted, have, strict=True)):
            if one != other:
                yield from _walk(f"{path}[{number}]", one, other)
    else:
        yield f"{path.removeprefix('.')} is {_short(have)}, expected {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}..."


def _apart(kind: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of a cluster, who has access beside what it is, and the nodes, which EKS lets in itself."""
    if kind != "eks:cluster" or "record" not in facts:
        yield kind, facts
        return
    record = dict(facts["record"])
    access = record.pop("access", {})
    people = {arn: entry for arn, entry in access.items() if entry["type"] == "STANDARD"}
    yield "eks:access", people
    yield "eks:nodegroup-access", {arn: e for arn, e in access.items() if arn not in people}
    yield kind, {**facts, "record": record}


def _named(key: str, facts: Mapping[str, Any]) -> str:
    """By its name where it has one, or by what refers to it."""
    return lasting(str(facts.get("tags", {}).get("Name") or key))


def _ordered(told: Mapping[str, list[str]]) -> Things:
    return {name: tuple(sorted(lines)) for name, lines in told.items()}


def _line(value: Any) -> str:
    return json.dumps(_scrubbed(value), sort_keys=True)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            lasting(str(key)): _scrubbed(each)
            for key, each in value.items()
            if key not in OF_THE_MOMENT and key not in DIGESTS
        }
    if isinstance(value, list):
        told = [_scrubbed(each) for each in value if not _counts_attempts(each)]
        return sorted(told, key=lambda each: json.dumps(each, sort_keys=True))
    return lasting(value) if isinstance(value, str) else value


def _counts_attempts(entry: Any) -> bool:
    return isinstance(entry, Mapping) and TAG_ATTEMPT in (entry.get("Key"), entry.get("key"))


def _open(found: dict[str, Any]) -> dict[str, Any]:
    """The object without its status, the values of a Secret readable."""
    told = {key: value for key, value in found.items() if key != "status"}
    if found["kind"] == "Secret":
        told["data"] = {
            key: _without_certificate(base64.b64decode(value).decode(errors="replace"))
            for key, value in (found.get("data") or {}).items()
        }
    return told


def _without_certificate(text: str) -> str:
    lines = (line for line in text.split("\n") if "certificate-authority-data" not in line)
    return "\n".join(lines)

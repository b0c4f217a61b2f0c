"""Everything that exists in the simulated AWS, and what is left of it beyond a beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import alb, autoscaling, ec2, iam, ssm
from ministack.services import cloudformation as cfn

from sigopt_sandbox.aws import admin
from sigopt_sandbox.aws.mends import elb

Dump = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""`{"111122223333/us-west-2": {"ec2:vpc": {"vpc-1": {"tags": {...}, ...}}}}`."""

Facts = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Of what there is, how much is asked for."""

    account: str = ""
    """Only what this account has; empty: everything."""
    whole: bool = False
    """With the record of each thing as the simulation keeps it, and with what belongs to a default
    network marked as `furniture`: for comparing two worlds."""

    @classmethod
    def of(cls, request: admin.Request) -> Part:
        """What `?account=...&whole=1` asks for."""
        return cls(request.query.get("account", ""), "whole" in request.query)

    def has(self, account: str) -> bool:
        """Whether things of this account are asked for."""
        return self.account in ("", account)

    def told(self, facts: Facts, record: Any) -> Facts:
        """The facts, with the whole record where that is asked for."""
        return {**facts, "record": plain(record)} if self.whole else facts


EksDump = Callable[[Part], Dump]


def plain(value: Any) -> Any:
    """A record as JSON has it: what has no order there is sorted."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(each) for each in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _tagged(resource_id: str) -> Facts:
    tags = {t["Key"]: t.get("Value", "") for t in ec2._tags.get(resource_id) or []}
    return {"tags": tags}


def _status(member: str) -> Callable[[str, Mapping[str, Any]], Facts]:
    return lambda key, record: {"status": record.get(member, ""), **_tagged(key)}


def _instance(key: str, record: Mapping[str, Any]) -> Facts:
    return {"status": record["State"]["Name"], **_tagged(key)}


def _ec2(key: str, _: Mapping[str, Any]) -> Facts:
    return _tagged(key)


def _default(key: str, record: Mapping[str, Any]) -> Facts:
    return {**_tagged(key), "default": bool(record.get("IsDefault") or record.get("DefaultForAz"))}


def _listed(_: str, record: Mapping[str, Any]) -> Facts:
    tags = record.get("Tags") or []
    return {"tags": {t["Key"]: t.get("Value", "") for t in tags}, "path": record.get("Path", "/")}


def _balancing(key: str, _: Mapping[str, Any]) -> Facts:
    return {"tags": dict(elb.tags(key))}


def _stack(_: str, record: Mapping[str, Any]) -> Facts:
    tags = {t["Key"]: t["Value"] for t in record.get("Tags") or []}
    return {"status": record["StackStatus"], "name": record["StackName"], "tags": tags}


REGIONAL: tuple[tuple[str, Any, Callable[[str, Mapping[str, Any]], Facts]], ...] = (
    ("ec2:vpc", ec2._vpcs, _default),
    ("ec2:subnet", ec2._subnets, _default),
    ("ec2:internet-gateway", ec2._internet_gateways, _ec2),
    ("ec2:route-table", ec2._route_tables, _ec2),
    ("ec2:security-group", ec2._security_groups, _ec2),
    ("ec2:network-interface", ec2._network_interfaces, _status("Description")),
    ("ec2:elastic-ip", ec2._addresses, _ec2),
    ("ec2:natgateway", ec2._nat_gateways, _status("State")),
    ("ec2:instance", ec2._instances, _instance),
    ("ec2:volume", ec2._volumes, _status("State")),
    ("ec2:snapshot", ec2._snapshots, _ec2),
    ("ec2:launch-template", ec2._launch_templates, _ec2),
    ("ec2:vpc-endpoint", ec2._vpc_endpoints, _ec2),
    ("autoscaling:group", autoscaling._asgs, _listed),
    ("elasticloadbalancing:loadbalancer", alb._lbs, _balancing),
    ("elasticloadbalancing:targetgroup", alb._tgs, _balancing),
    ("elasticloadbalancing:classic", elb.classic.LOAD_BALANCERS, _listed),
    ("cloudformation:stack", cfn._stacks, _stack),
    ("ssm:parameter", ssm._parameters, lambda *_: {"tags": {}}),
)
GLOBAL: tuple[tuple[str, Any], ...] = (
    ("iam:role", iam._roles),
    ("iam:user", iam._users),
    ("iam:group", iam._groups),
    ("iam:policy", iam._policies),
    ("iam:instance-profile", iam._instance_profiles),
    ("iam:oidc-provider", iam._oidc_providers),
)

GONE = {
    "ec2:natgateway": ("deleted",),
    "ec2:instance": ("terminated",),
    "cloudformation:stack": ("DELETE_COMPLETE",),
}
"""What AWS still describes for a while though it is gone."""


def gather(eks_dump: EksDump, part: Part = Part()) -> Dump:
    """What exists, by account and region; IAM's under `<account>/global`."""
    found: Dump = {}
    for where, kind, key, told in (*_regional(part), *_global(part)):
        _put(found, where, kind, key, told)
    for where, kinds in eks_dump(part).items():
        for kind, things in kinds.items():
            for key, told in things.items():
                _put(found, where, kind, key, told)
    return found


def _regional(part: Part) -> Iterator[tuple[str, str, str, Facts]]:
    for kind, store, facts in REGIONAL:
        for (account, region, key), record in list(store._data.items()):
            if not part.has(account):
                continue
            with request_scope(account, region):
                told = part.told(facts(key, record), record)
            if part.whole and _furniture(f"{account}/{region}", kind, key):
                told["furniture"] = True
            yield f"{account}/{region}", kind, key, told


def _global(part: Part) -> Iterator[tuple[str, str, str, Facts]]:
    for kind, store in GLOBAL:
        for (account, key), record in list(store._data.items()):
            if part.has(account):
                yield f"{account}/global", kind, key, part.told(_listed(key, record), record)


def _put(found: Dump, where: str, kind: str, key: str, facts: Facts) -> None:
    found.setdefault(where, {}).setdefault(kind, {})[key] = facts


def living(found: Dump) -> Iterator[tuple[str, str, str, Facts]]:
    """What counts when one looks for leaks: where, kind, id and facts."""
    for where, kinds in found.items():
        for kind, things in kinds.items():
            for key, facts in things.items():
                gone = facts.get("status") in GONE.get(kind, ())
                service_linked = str(facts.get("path", "")).startswith("/aws-service-role/")
                if not gone and not service_linked:
                    yield where, kind, key, facts


class Baseline:
    """What existed at some beginning; everything else is a leak."""

    def __init__(self, eks_dump: EksDump) -> None:
        """Begin with nothing known."""
        self._eks_dump = eks_dump
        self._known: set[tuple[str, str, str]] = set()

    def dump(self, request: admin.Request) -> Dump:
        """Answer what exists."""
        return gather(self._eks_dump, Part.of(request))

    def remember(self, request: admin.Request) -> dict[str, int]:
        """Take what exists now for the beginning: everywhere, or in the account that is named."""
        part = Part.of(request)
        kept = {known for known in self._known if not part.has(known[0].partition("/")[0])}
        now = {(w, k, i) for w, k, i, _ in living(gather(self._eks_dump, part))}
        self._known = kept | now
        return {"known": len(self._known)}

    def leaks(self, request: admin.Request) -> list[dict[str, Any]]:
        """Answer what exists beyond the beginning.

        The default network that an account has in a region from its first use does not count.
        """
        return [
            {"where": where, "kind": kind, "id": key, "tags": facts.get("tags", {})}
            for where, kind, key, facts in living(gather(self._eks_dump, Part.of(request)))
            if (where, kind, key) not in self._known and not _furniture(where, kind, key)
        ]


def _furniture(where: str, kind: str, key: str) -> bool:
    """Whether AWS made it as part of a default network; what people put into one is theirs."""
    account, _, region = where.partition("/")

    def record(store: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = store.get_scoped(account, region, key)
        return found

    match kind:
        case "ec2:vpc":
            return bool(record(ec2._vpcs).get("IsDefault"))
        case "ec2:subnet":
            return bool(record(ec2._subnets).get("DefaultForAz"))
        case "ec2:route-table":
            vpc = _default_network(account, region, record(ec2._route_tables)["VpcId"])
            return vpc.get("MainRouteTableId") == key
        case "ec2:security-group":
            vpc = _default_network(account, region, record(ec2._security_groups)["VpcId"])
            return vpc.get("DefaultSecurityGroupId") == key
        case "ec2:internet-gateway":
            attached = [a["VpcId"] for a in record(ec2._internet_gateways)["Attachments"]]
            return any(_default_network(account, region, vpc_id) for vpc_id in attached)
    return False


def _default_network(account: str, region: str, vpc_id: str) -> Mapping[str, Any]:
    """The VPC where it is a default one; else nothing."""
    vpc: Mapping[str, Any] = ec2._vpcs.get_scoped(account, region, vpc_id) or {}
    return vpc if vpc.get("IsDefault") else {}


def install(eks_dump: EksDump) -> None:
    """Serve the dump, the baseline and the leaks."""
    baseline = Baseline(eks_dump)
    admin.register("GET", "/_sandbox/dump", baseline.dump)
    admin.register("POST", "/_sandbox/baseline", baseline.remember)
    admin.register("GET", "/_sandbox/leaks", baseline.leaks)

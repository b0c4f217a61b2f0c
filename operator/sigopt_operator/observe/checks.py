"""What the account has room and leave for: quotas, what is used of them, roles, permissions.

Whatever AWS does not let the operator ask becomes `Unchecked`; only credentials that are refused
end the round, as everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from botocore.exceptions import ClientError

from sigopt_operator.aws.answers import pages
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, is_code, translated
from sigopt_operator.observe.permissions import lacking_rights
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.preflight.account import creating, role_names
from sigopt_operator.plan.preflight.checks import Checked, Checks, Lacking, Quota, Unchecked, Usage
from sigopt_operator.plan.preflight.quotas import codes, vcpu_quota
from sigopt_operator.plan.snapshot import Facts, Identity, Snapshot
from sigopt_operator.plan.trouble import Kind
from sigopt_operator.plan.wish import Wish

T = TypeVar("T")
QUOTA_PAGE = 100
INSTANCES_PAGE = 1000
ROLES_PAGE = 1000
GLOBAL = "every region"
"""IAM is one for all regions of an account (IAM user guide): a thousand roles are listed once."""


class Recall(Protocol):
    """Remembers one answer by its name."""

    def __call__(self, what: str, read: Callable[[], T]) -> T:
        """What is remembered, or what `read` says."""
        ...


@dataclass(frozen=True)
class Asking:
    """Asks for one wish; single questions run in the executor and start no others."""

    clients: Clients
    executor: Executor
    recall: Recall
    moment: Moment

    def checks(self, want: Wish, seen: Snapshot, facts: Facts) -> Checks:
        """Everything that a creation depends on; later only what more nodes do."""
        wanted = codes(want, facts, creating=creating(seen))
        services = sorted(set(wanted.values()))
        by_service = [self._quotas(s, wanted) for s in services]
        vcpus = self._shared("vCPUs that run already", _running)
        usage = self._usage() if creating(seen) else None
        roles = self._shared("names of roles", _role_names, GLOBAL) if creating(seen) else None
        lacking = self._lacking(want, seen.identity) if creating(seen) else None
        told: dict[str, Checked[Quota]] = {}
        for service, answer in zip(services, by_service, strict=True):
            of = [code for code in wanted if wanted[code] == service]
            told |= _each(of, answer())
        return Checks(
            quotas=told,
            running=_of_others(vcpus(), want.uid),
            usage=usage() if usage else None,
            roles=_taken(roles(), want) if roles else None,
            lacking=lacking() if lacking else None,
        )

    def _usage(self) -> Callable[[], Usage]:
        vpcs = self._shared("VPCs in use", _vpcs)
        addresses = self._shared("elastic IPs in use", _addresses)
        clusters = self._shared("EKS clusters in use", _clusters)
        return lambda: Usage(vpcs(), addresses(), clusters())

    def _lacking(self, want: Wish, who: Identity) -> Callable[[], Checked[Lacking]]:
        unused = tuple(_unused_features(want))
        return self._ask(
            "permissions", lambda c: lacking_rights(c, who, want.region, want.cluster_name, unused)
        )

    def _quotas(
        self, service: str, wanted: Mapping[str, str]
    ) -> Callable[[], Checked[Mapping[str, Quota]]]:
        codes_of = frozenset(code for code, of in wanted.items() if of == service)
        what = f"quotas of {service}"
        where = (self.clients.region, codes_of)
        return self._shared(what, lambda c: _quotas(c, service, codes_of), where)

    def _shared(
        self, what: str, read: Callable[[Clients], T], where: Hashable = None
    ) -> Callable[[], Checked[T]]:
        """The same for what all resources of the account are told alike.

        `where` tells apart what is not the same for all: by itself, the regions.
        """
        key = (what, where or self.clients.region)
        return self._ask(what, lambda c: c.shared.of(key, lambda: read(c), self.moment))

    def _ask(self, what: str, read: Callable[[Clients], T]) -> Callable[[], Checked[T]]:
        """Start asking; what is returned waits for the answer."""
        future = self.executor.submit(self.recall, what, lambda: self._asked(what, read))
        return future.result

    def _asked(self, what: str, read: Callable[[Clients], T]) -> Checked[T]:
        try:
            with translated():
                return read(self.clients)
        except AwsError as error:
            if error.trouble.kind is Kind.CREDENTIALS:
                raise
            return Unchecked(what, error.trouble.code)


def _unused_features(want: Wish) -> Iterator[str]:
    """Features of the IAM policy that this wish does without."""
    if want.subnet_ids:
        yield "network"
    if want.kms_key_arn is None:
        yield "encryption"


def _each(wanted: list[str], answer: Checked[Mapping[str, Quota]]) -> dict[str, Checked[Quota]]:
    if isinstance(answer, Unchecked):
        return dict.fromkeys(wanted, answer)
    unknown = Unchecked("a quota", "NoSuchResourceException")
    return {code: answer.get(code, unknown) for code in wanted}


def _quotas(clients: Clients, service: str, wanted: frozenset[str]) -> Mapping[str, Quota]:
    """The values in force; where Service Quotas has none for the account, AWS's default."""
    listed = clients.service_quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode=service, PaginationConfig={"PageSize": QUOTA_PAGE}
    )
    found = {}
    for page in pages(listed):
        for told in page["Quotas"]:
            if told["QuotaCode"] in wanted:
                quota = Quota(service, told["QuotaCode"], told["QuotaName"], told["Value"])
                found[quota.code] = quota
        if len(found) == len(wanted):
            return found
    for code in sorted(wanted - set(found)):
        try:
            told = clients.service_quotas.get_aws_default_service_quota(
                ServiceCode=service, QuotaCode=code
            )["Quota"]
        except ClientError as error:
            if not is_code(error, "NoSuchResourceException"):
                raise
        else:
            found[code] = Quota(service, code, told["QuotaName"], told["Value"])
    return found


def _of_others(
    vcpus: Checked[Mapping[tuple[str, str], int]], uid: str
) -> Checked[Mapping[str, int]]:
    """By quota code, without those of the cluster itself."""
    if isinstance(vcpus, Unchecked):
        return vcpus
    found: Counter[str] = Counter()
    for (code, whose), count in vcpus.items():
        if whose != uid:
            found[code] += count
    return dict(found)


def _running(clients: Clients) -> Mapping[tuple[str, str], int]:
    """vCPUs of instances that run or start, by quota code and by the UID of whose they are."""
    listed = clients.ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}],
        PaginationConfig={"PageSize": INSTANCES_PAGE},
    )
    found: Counter[tuple[str, str]] = Counter()
    for page in pages(listed):
        for told in (i for r in page["Reservations"] for i in r["Instances"]):
            tags = {tag["Key"]: tag["Value"] for tag in told.get("Tags", [])}
            spot = told.get("InstanceLifecycle") == "spot"
            code = vcpu_quota(told["InstanceType"], spot=spot)
            # Types of the first generations have none, and are few.
            if code is not None and "CpuOptions" in told:
                found[code, tags.get(TAG_UID, "")] += (
                    told["CpuOptions"]["CoreCount"] * told["CpuOptions"]["ThreadsPerCore"]
                )
    return dict(found)


def _vpcs(clients: Clients) -> int:
    found = pages(clients.ec2.get_paginator("describe_vpcs").paginate())
    return sum(len(page["Vpcs"]) for page in found)


def _addresses(clients: Clients) -> int:
    return len(clients.ec2.describe_addresses()["Addresses"])


def _clusters(clients: Clients) -> int:
    found = pages(clients.eks.get_paginator("list_clusters").paginate())
    return sum(len(page["clusters"]) for page in found)


def _taken(roles: Checked[frozenset[str]], want: Wish) -> Checked[frozenset[str]]:
    """Those of the cluster's roles that exist."""
    if isinstance(roles, Unchecked):
        return roles
    return roles & {name.lower() for name in role_names(want.cluster_name)}


def _role_names(clients: Clients) -> frozenset[str]:
    """Of the account, in small letters: one call for a thousand roles, not one for each."""
    listed = clients.iam.get_paginator("list_roles").paginate(
        PaginationConfig={"PageSize": ROLES_PAGE}
    )
    return frozenset(role["RoleName"].lower() for page in pages(listed) for role in page["Roles"])

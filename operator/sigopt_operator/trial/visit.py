"""The cluster itself: does it answer, whom does it take the person for, what does it show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException

from sigopt_operator.api.status import ConditionType
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.diagnosis import FORBIDDEN, UNAUTHORIZED, diagnose
from sigopt_operator.plan.control_plane.api_server import ApiServer
from sigopt_operator.plan.node_pools.settings import TYPE_LABEL
from sigopt_operator.plan.observation import view_policy
from sigopt_operator.trial.links import BrokenLinkError, Link
from sigopt_operator.trial.place import Place
from sigopt_operator.workload.connect import BROKEN

REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
PAGE = 500
CERTIFICATES = ("ServerNotTrusted", "ServerNameMismatch", "ServerCertificateExpired")
OTHERS = "of no pool"
_KEPT = "does your network, a firewall or a proxy (HTTPS_PROXY) keep you from it?"


@dataclass(frozen=True)
class Pool:
    """The nodes of one pool."""

    name: str
    ready: int
    nodes: int

    def __str__(self) -> str:
        return (
            f"{self.name} {self.ready} of {self.nodes} ready" if self.nodes else f"{self.name} none"
        )


@dataclass(frozen=True)
class Visit:
    """What was seen there."""

    version: str
    username: str
    pools: tuple[Pool, ...]


def visit(place: Place, open_api: Open) -> Visit:
    """Ask the cluster's API; raises BrokenLinkError."""
    way = place.way
    server = ApiServer(way.cluster, way.endpoint, way.certificate_authority)
    try:
        with open_api(server) as api:
            version = str(ask(api, "GET", "/version")["gitVersion"])
            told = ask(api, "POST", REVIEWS, body=REVIEW)
            username = str(told["status"]["userInfo"]["username"])
            return Visit(version, username, _pools(place, api, username))
    except (*BROKEN, TypeError) as error:
        raise _broken(place, error) from error


def _pools(place: Place, api: ApiClient, username: str) -> tuple[Pool, ...]:
    try:
        nodes = list(_nodes(api))
    except ApiException as error:
        if error.status != FORBIDDEN:
            raise
        raise BrokenLinkError(
            Link.RBAC,
            f"{place.way.cluster} lets {username} in, and not list its nodes",
            "an access policy that shows them (AmazonEKSAdminViewPolicy, or cluster-admin) is "
            f"given by {_giver(place)}; what you may do all the same, "
            "`kubectl auth can-i --list` says",
        ) from error
    total = Counter(_pool_of(node) for node in nodes)
    ready = Counter(_pool_of(node) for node in nodes if _is_ready(node))
    known = dict.fromkeys(pool.name for pool in place.status.pools)
    names = [*known, *(name for name in sorted(total) if name not in known)]
    return tuple(Pool(name, ready[name], total[name]) for name in names)


def _nodes(api: ApiClient) -> Any:
    following = ""
    while True:
        query = [("limit", PAGE), *([("continue", following)] if following else [])]
        page = ask(api, "GET", "/api/v1/nodes", query)
        yield from page["items"]
        following = str(page.get("metadata", {}).get("continue") or "")
        if not following:
            return


def _pool_of(node: Mapping[str, Any]) -> str:
    labels = node["metadata"].get("labels") or {}
    return str(labels.get(TYPE_LABEL, OTHERS))


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)


def _broken(place: Place, error: BaseException) -> BrokenLinkError:
    if isinstance(error, ApiException) and error.status == UNAUTHORIZED:
        return _not_known(place)
    fault = diagnose(error, place.way.endpoint)
    if fault.reason in CERTIFICATES:
        return BrokenLinkError(
            Link.NETWORK,
            f"{place.way.endpoint} shows a certificate that is not the cluster's ({fault.reason})",
            "something in between answers in its place: a proxy that opens TLS (HTTPS_PROXY), or "
            "another server at a former address. If AWS has just renewed the cluster's authority, "
            "try again in some minutes",
        )
    return BrokenLinkError(
        Link.NETWORK,
        f"{place.way.endpoint} does not answer as the cluster's API server ({fault.reason})",
        _reach(place),
    )


def _giver(place: Place) -> str:
    if not place.theirs:
        return f"spec.access.entries of {place.name}, {place.acted_upon()}"
    grant = f"--policy-arn {view_policy(place.partition)} --access-scope type=cluster"
    return f"who administers it: aws eks associate-access-policy {_entry(place)} {grant}"


def _entry(place: Place) -> str:
    way = place.way
    return f"--region {way.region} --cluster-name {way.cluster} --principal-arn YOUR_ARN"


def _not_known(place: Place) -> BrokenLinkError:
    if place.theirs:
        return BrokenLinkError(
            Link.TOKEN,
            f"{place.way.cluster} does not let you in (401 Unauthorized)",
            "you need an access entry of your own, which who administers the cluster makes: "
            f"aws eks create-access-entry {_entry(place)} (a new one works after some seconds). A "
            "clock that is wrong by minutes makes tokens that are refused, too",
        )
    said = place.told(ConditionType.ACCESS_READY)
    return BrokenLinkError(
        Link.TOKEN,
        f"{place.way.cluster} does not let {place.way.role_arn} in (401 Unauthorized)",
        "a new access entry works after some seconds; an entry of a role that was deleted and made "
        "again lets nobody in until it is made anew, which the operator does "
        f"{place.acted_upon('within a quarter of an hour')}; and a clock that is wrong by minutes "
        "makes tokens that are refused" + (f". {said}" if said else ""),
    )


def _reach(place: Place) -> str:
    access = place.resource.spec.endpoint_access
    if place.theirs:
        return f"is it open to where you are? {_KEPT}"
    if not access.public:
        return "it is open to its VPC alone (spec.endpointAccess.public: false): connect from there"
    if access.public_cidrs:
        blocks = ", ".join(access.public_cidrs)
        return f"it is open to {blocks} alone (spec.endpointAccess.publicCidrs): are you there?"
    return _KEPT

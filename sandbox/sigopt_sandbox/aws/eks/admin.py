"""EKS's part of the sandbox's own API: nodes, endpoints, authentication, time, switches."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sigopt_sandbox.aws import admin
from sigopt_sandbox.aws.eks import authenticate, cluster_life, insights, nodes, pod_credentials
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Scope

_CLUSTER = r"/_sandbox/clusters/(?P<account>\d{12})/(?P<region>[^/]+)/(?P<name>[^/]+)"


def register(eks: Eks) -> None:
    """Serve EKS's admin routes."""
    listing = nodes.Listing(eks)

    def clusters(request: admin.Request) -> Any:
        eks.scheduler.ensure_ticking()
        return listing.get(anew="anew" in request.query)

    admin.register("GET", "/_sandbox/clusters", clusters)
    for method, path, handler in (
        ("PUT", f"{_CLUSTER}/endpoint", _put_endpoint),
        ("PUT", f"{_CLUSTER}/insights", _put_insights),
        ("PUT", f"{_CLUSTER}/patching", _put_patching),
        ("POST", f"{_CLUSTER}/pod-credentials", _pod_credentials),
        ("POST", "/_sandbox/clusters/older", _make_older),
        ("POST", "/_sandbox/authenticate", _authenticate),
        ("GET", "/_sandbox/eks/clock", _clock),
        ("POST", "/_sandbox/eks/clock", _set_clock),
        ("GET", "/_sandbox/eks/switches", lambda eks, _: asdict(eks.switches)),
        ("PUT", "/_sandbox/eks/switches", _put_switches),
        ("PUT", "/_sandbox/eks/quotas", _put_quotas),
    ):
        admin.register(method, path, _bound(eks, handler))


def _bound(eks: Eks, handler: Any) -> admin.Handler:
    def serve(request: admin.Request) -> Any:
        eks.scheduler.ensure_ticking()
        return handler(eks, request)

    return serve


def _named(eks: Eks, account: str, region: str, name: str) -> Cluster:
    found = eks.world.get(Scope(account, region), name)
    if found is None:
        raise admin.RequestError(404, f"no cluster {name} in {account}/{region}")
    return found


def _of_path(eks: Eks, request: admin.Request) -> Cluster:
    groups = request.groups
    return _named(eks, groups["account"], groups["region"], groups["name"])


def _put_endpoint(eks: Eks, request: admin.Request) -> Any:
    """An API server answers for the cluster; a later report replaces address and authority."""
    cluster = _of_path(eks, request)
    cluster.endpoint = admin.field(request.body, "endpoint")
    cluster.certificate_authority = admin.field(request.body, "certificateAuthority")
    if cluster.status in ("ACTIVE", "UPDATING"):
        cluster_life.show_endpoint(cluster)
    return {"status": cluster.status}


def _put_insights(eks: Eks, request: admin.Request) -> Any:
    cluster = _of_path(eks, request)
    insights.put(cluster, admin.field(request.body, "insights", list))
    return {"insights": len(cluster.insights)}


def _put_patching(eks: Eks, request: admin.Request) -> Any:
    """AWS itself patches the control plane: updates are refused, and none is listed."""
    cluster = _of_path(eks, request)
    cluster.patched_by_aws = admin.field(request.body, "on", bool)
    return {"on": cluster.patched_by_aws}


def _make_older(eks: Eks, request: admin.Request) -> Any:
    """`{"seconds": n}`: every cluster was created so many real seconds earlier."""
    earlier = timedelta(seconds=admin.field(request.body, "seconds", float))
    for cluster in eks.world.clusters.values():
        cluster.doc["createdAt"] -= earlier
    return {"clusters": len(eks.world.clusters)}


def _authenticate(eks: Eks, request: admin.Request) -> Any:
    account, region, name, caller, user = (
        admin.field(request.body, member)
        for member in ("account", "region", "name", "callerArn", "userId")
    )
    cluster = _named(eks, account, region, name)
    return authenticate.authenticate(eks, cluster, caller, user)


def _pod_credentials(eks: Eks, request: admin.Request) -> Any:
    """`{"namespace", "serviceAccount", "pod", "uid"}`: 404 without an association."""
    members = ("namespace", "serviceAccount", "pod", "uid")
    pod = pod_credentials.Pod(*(admin.field(request.body, member) for member in members))
    answer = pod_credentials.assume(eks, _of_path(eks, request), pod)
    if answer is None:
        raise admin.RequestError(404, "no association of this service account")
    return answer


def _clock(eks: Eks, _: admin.Request) -> Any:
    clock = eks.clock
    return {"now": clock.now(), "speed": clock.speed, "frozen": clock.frozen}


def _set_clock(eks: Eks, request: admin.Request) -> Any:
    """`{"advance": seconds}`, `{"freeze": true}`, `{"speed": n}`: EKS's own time only."""
    body = request.body if isinstance(request.body, dict) else {}
    try:
        if "speed" in body:
            eks.clock.set_speed(float(body["speed"]))
        if "freeze" in body:
            eks.clock.freeze(bool(body["freeze"]))
        if "advance" in body:
            eks.clock.advance(float(body["advance"]))
    except (TypeError, ValueError) as error:
        raise admin.RequestError(400, str(error)) from error
    eks.scheduler.run_due()
    return _clock(eks, request)


def _put_switches(eks: Eks, request: admin.Request) -> Any:
    if not isinstance(request.body, dict):
        raise admin.RequestError(400, "the body must be an object of switches")
    try:
        eks.switches = eks.switches.changed(request.body)
    except ValueError as error:
        raise admin.RequestError(400, str(error)) from error
    return asdict(eks.switches)


def _put_quotas(eks: Eks, request: admin.Request) -> Any:
    """Quota codes and values, for example `{"L-1194D53C": 2}`."""
    body = request.body if isinstance(request.body, dict) else {}
    if not all(isinstance(value, int) for value in body.values()):
        raise admin.RequestError(400, "quotas are whole numbers")
    eks.quotas.update(body)
    return dict(eks.quotas)

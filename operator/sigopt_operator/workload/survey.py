"""What a cluster keeps in AWS by the hand of its controllers, asked of its own API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.api import Open, ask
from sigopt_operator.cluster.kinds import collection
from sigopt_operator.plan.snapshot import Cluster
from sigopt_operator.plan.workload.left import ClaimedVolume, ClusterObject, Workload

KINDS = ("Service", "Ingress", "Gateway", "PersistentVolumeClaim")
"""Gateways only where somebody installed their CRD."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
"""On volumes that were made for a claim, and not by a person (external-provisioner)."""
EBS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
VOLUME_ID = re.compile(r"vol-[0-9a-f]{8,32}", re.ASCII)
"""Anything else would be a pattern to EC2's filters, which find everybody's volumes by it."""
PAGE = 500
"""Objects in one answer: each has some kB."""
MOST_PAGES = 40
"""Of a kind; of the objects in them only what is needed is kept."""
MOST = 500
"""Objects of a kind that are to be deleted; those that follow come when these are gone."""

Json = Mapping[str, Any]


def survey(open_api: Open, cluster: Cluster) -> Workload:
    """The objects behind load balancers and volumes; what is wrong is in the answer."""
    server = cluster.api_server
    if server is None:
        return Workload(problem="EKS does not say where the API server is")
    try:
        with open_api(server) as api:
            objects = [o for kind in KINDS for o in islice(_objects(api, kind), MOST)]
            return Workload(objects=tuple(objects), volumes=tuple(_volumes(api)))
    except AwsError as error:
        return Workload(problem=str(error))
    except ApiException as error:
        return Workload(problem=f"it answers {error.status} {error.reason}")
    except (HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Workload(problem=f"{cluster.endpoint} does not answer ({type(error).__name__})")


def _list(api: ApiClient, kind: str) -> Iterator[Json]:
    following = ""
    for _ in range(MOST_PAGES):
        query = [("limit", PAGE), *([("continue", following)] if following else [])]
        try:
            page = ask(api, "GET", collection(kind), query)
        except ApiException as error:
            if error.status == 404:
                return
            raise
        yield from page["items"]
        following = str(page.get("metadata", {}).get("continue", ""))
        if not following:
            return


def _objects(api: ApiClient, kind: str) -> Iterator[ClusterObject]:
    for item in _list(api, kind):
        if kind == "Service" and item["spec"].get("type") != "LoadBalancer":
            continue
        meta = item["metadata"]
        since = meta.get("deletionTimestamp")
        yield ClusterObject(
            kind,
            meta["namespace"],
            meta["name"],
            datetime.fromisoformat(since) if since else None,
        )


def _volumes(api: ApiClient) -> Iterator[ClaimedVolume]:
    for item in _list(api, "PersistentVolume"):
        spec = item["spec"]
        made_by = item["metadata"].get("annotations", {}).get(PROVISIONED_BY)
        if made_by not in EBS or spec.get("persistentVolumeReclaimPolicy") != "Delete":
            continue
        handle = spec.get("csi", {}).get("volumeHandle") or _in_tree(spec)
        claim = spec.get("claimRef") or {}
        if VOLUME_ID.fullmatch(handle):
            of = f"{claim.get('namespace', '?')}/{claim.get('name', '?')}"
            yield ClaimedVolume(handle, of, item["metadata"]["name"])


def _in_tree(spec: Json) -> str:
    told: str = spec.get("awsElasticBlockStore", {}).get("volumeID", "")
    return told.rsplit("/", 1)[-1]

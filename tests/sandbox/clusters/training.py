"""What tests do with the cluster that `conftest.py` starts for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.reliability.kube import Kube, Object
from tests.sandbox.clusters.fakes import FakeAws, person, token
from tests.sandbox.clusters.process import Api, ClustersProcess

CLUSTER = "training"
NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"


def set_nodes(fake: FakeAws, nodes: list[dict[str, Any]]) -> None:
    """Another set of instances in service."""
    (cluster,) = (one for one in fake.clusters if one["name"] == CLUSTER)
    cluster["nodes"] = nodes


def bearer(fake: FakeAws, clusters: ClustersProcess, name: str, *policies: dict[str, Any]) -> Api:
    """A user whose entry has these policies, in the cluster."""
    who = fake.let_in(person(name), CLUSTER, list(policies))
    return clusters.api(CLUSTER, token(who, CLUSTER, fake.host))


def pod(name: str, cpu: str = "100m", **spec: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu}}
    container = {"name": "c", "image": "x/y:1", "resources": resources}
    metadata = {"name": name, "labels": {"app": name}}
    return {"metadata": metadata, "spec": {"containers": [container]} | spec}


def phase(admin: Api, name: str) -> str:
    answer = admin("GET", f"{PODS}/{name}")
    return str(answer.body["status"]["phase"]) if answer.status == 200 else "absent"


def node_names(admin: Api) -> list[str]:
    return [one["metadata"]["name"].split(".")[0] for one in items(admin, "/api/v1/nodes")]


def items(api: Api, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api("GET", path).body["items"]
    return items


@contextmanager
def followed(clusters: ClustersProcess, path: str) -> Iterator[list[Object]]:
    """Every change of what is there in the cluster, while the block lasts."""
    changes: list[Object] = []
    kube = Kube.of(clusters.cluster_directory(CLUSTER) / "kubeconfig")
    with kube.followed(path, changes.append):
        yield changes


def revision(change: Object) -> int:
    """Its place among all changes of the cluster: one etcd counts them."""
    return int(change["object"]["metadata"]["resourceVersion"])

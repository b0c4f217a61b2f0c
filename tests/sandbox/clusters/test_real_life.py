"""How real endpoints begin again and end."""

from pathlib import Path

from tests.sandbox.clusters.fakes import FakeAws, serving
from tests.sandbox.clusters.process import Api, ClustersProcess, eventually, running


def test_a_deleted_cluster_leaves_no_program_and_no_object(
    fake: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    before = len(clusters.children())
    fake.add_cluster("short-lived")
    clusters.endpoint("short-lived")
    eventually(lambda: len(clusters.children()) == before + 4, "its four programs run")
    first = clusters.admin("short-lived")
    first("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "mine"}})
    fake.remove_cluster("short-lived")
    eventually(lambda: len(clusters.children()) == before, "its programs have ended")
    eventually(lambda: "short-lived" not in clusters.etcd_keys(), "etcd has forgotten it")
    assert admin("GET", "/readyz").body == "ok"


def test_a_cluster_deleted_while_it_starts_leaves_nothing(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    before = len(clusters.children())
    fake.add_cluster("withdrawn")
    eventually(lambda: len(clusters.children()) > before, "it is being started")
    fake.remove_cluster("withdrawn")
    eventually(lambda: len(clusters.children()) == before, "its programs have ended")
    eventually(lambda: "withdrawn" not in clusters.etcd_keys(), "etcd has forgotten it")
    assert "withdrawn" not in fake.endpoints


def test_a_cluster_of_the_same_name_begins_empty(fake: FakeAws, clusters: ClustersProcess) -> None:
    configs = "/api/v1/namespaces/default/configmaps"
    fake.add_cluster("phoenix")
    first = clusters.admin("phoenix")
    assert first("POST", configs, {"metadata": {"name": "mine"}}).status == 201
    authority = fake.endpoints.pop("phoenix")["certificateAuthority"]
    fake.remove_cluster("phoenix")
    eventually(lambda: "phoenix" not in clusters.etcd_keys(), "etcd has forgotten it")
    fake.add_cluster("phoenix")
    second = clusters.admin("phoenix")
    assert second("GET", f"{configs}/mine").status == 404
    assert fake.endpoints["phoenix"]["certificateAuthority"] != authority
    fake.remove_cluster("phoenix")


def test_a_cluster_whose_program_died_is_started_anew(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    fake.add_cluster("unlucky")
    clusters.endpoint("unlucky")
    fake.endpoints.pop("unlucky")
    clusters.kill("kube-apiserver", "unlucky")
    assert clusters.admin("unlucky")("GET", "/readyz").body == "ok"
    fake.remove_cluster("unlucky")


def test_nothing_is_left_running_when_the_process_is_killed(fake: FakeAws) -> None:
    with serving() as another, running(another, "real") as process:
        another.add_cluster("orphan")
        process.endpoint("orphan")
        programs = eventually(lambda: process.children(), "its programs run")
        process.child.process.kill()
        eventually(lambda: not [pid for pid in programs if _runs(pid)], "they all end")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"

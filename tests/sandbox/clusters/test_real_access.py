"""Who gets into a real endpoint, and what they may do there."""

import pytest
from tests.sandbox.clusters.fakes import FakeAws, person, policy, role_session, token
from tests.sandbox.clusters.process import Api, ClustersProcess, eventually
from tests.sandbox.clusters.training import (
    CLUSTER,
    bearer,
)


def test_a_caller_with_an_entry_gets_in(fake: FakeAws, clusters: ClustersProcess) -> None:
    ann = bearer(fake, clusters, "ann", policy("AmazonEKSClusterAdminPolicy"))
    assert ann("GET", "/api/v1/nodes").status == 200
    assert ann("GET", "/version").status == 200


def test_a_role_session_is_known_by_its_identity(fake: FakeAws, clusters: ClustersProcess) -> None:
    who = fake.let_in(role_session("operators", "shift"), CLUSTER, [], groups=("operators",))
    api = clusters.api(CLUSTER, token(who, CLUSTER, fake.host))
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = api("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    info = answer.body["status"]["userInfo"]
    assert info["username"] == who.arn
    assert info["uid"] == "aws-iam-authenticator:111122223333:AROAOPERATORS"
    assert info["groups"] == ["operators", "system:authenticated"]
    assert info["extra"]["canonicalArn"] == ["arn:aws:iam::111122223333:role/operators"]
    assert info["extra"]["sessionName"] == ["shift"]


def test_a_caller_without_an_entry_stays_out(fake: FakeAws, clusters: ClustersProcess) -> None:
    eve = person("eve")
    fake.people[eve.access_key_id] = eve
    answer = clusters.api(CLUSTER, token(eve, CLUSTER, fake.host))("GET", "/version")
    assert (answer.status, answer.body["message"]) == (401, "Unauthorized")
    log = clusters.log(CLUSTER, "authenticator")
    assert f'access denied" error="identity is not mapped: {eve.arn}' in log


def test_an_entry_made_after_a_refusal_lets_its_bearer_in(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    late = person("late")
    fake.people[late.access_key_id] = late
    api = clusters.api(CLUSTER, token(late, CLUSTER, fake.host))
    assert api("GET", "/version").status == 401
    fake.let_in(late, CLUSTER, [])
    assert api("GET", "/version").status == 200


@pytest.mark.parametrize(
    ("cluster", "secret", "host", "why"),
    [
        pytest.param("another", None, None, "expected 200, got 403", id="for another cluster"),
        pytest.param(
            CLUSTER, "wrong", None, "expected 200, got 403", id="signed by a wrong secret"
        ),
        pytest.param(CLUSTER, None, "127.0.0.1:9", "unexpected hostname", id="for another host"),
    ],
)
def test_a_token_is_refused(
    fake: FakeAws,
    clusters: ClustersProcess,
    cluster: str,
    secret: str | None,
    host: str | None,
    why: str,
) -> None:
    ann = fake.let_in(person("ann"), CLUSTER, [policy("AmazonEKSClusterAdminPolicy")])
    bad = token(ann, cluster, host or fake.host, secret)
    assert clusters.api(CLUSTER, bad)("GET", "/version").status == 401
    assert why in clusters.log(CLUSTER, "authenticator")


def test_nobody_gets_in_without_a_token(clusters: ClustersProcess) -> None:
    assert clusters.api(CLUSTER, "")("GET", "/healthz").status == 401


def test_an_entry_without_policies_gives_no_rights(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    answer = bearer(fake, clusters, "nothing")("GET", "/api/v1/nodes")
    assert answer.status == 403
    assert "cannot list resource" in answer.body["message"]


def test_policies_reach_the_namespaces_they_name_also_those_made_later(
    fake: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    bob = bearer(fake, clusters, "bob", policy("AmazonEKSEditPolicy", "dev-*"))
    for name in ("dev-later", "prod"):
        admin("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    config = {"metadata": {"name": "x"}}
    assert bob("POST", "/api/v1/namespaces/dev-later/configmaps", config).status == 201
    assert bob("POST", "/api/v1/namespaces/prod/configmaps", config).status == 403


def test_a_change_of_policies_takes_effect_within_seconds(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    api = bearer(fake, clusters, "promoted", policy("AmazonEKSViewPolicy"))
    assert api("GET", "/api/v1/secrets").status == 403
    fake.let_in(person("promoted"), CLUSTER, [policy("AmazonEKSAdminViewPolicy")])
    eventually(lambda: api("GET", "/api/v1/secrets").status == 200, "secrets can be read")


def test_cluster_admin_may_grant_rights_it_has_from_its_policy_alone(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    ann = bearer(fake, clusters, "ann", policy("AmazonEKSClusterAdminPolicy"))
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    role = {"metadata": {"name": "made-by-ann"}, "rules": rules}
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    assert ann("POST", path, role).status == 201


def test_groups_of_an_entry_count_for_rbac(
    fake: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    rbac = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "viewers"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": rbac, "kind": "Group", "name": "viewers"}],
    }
    admin("POST", f"/apis/{rbac}/v1/clusterrolebindings", binding)
    who = fake.let_in(person("viewer"), CLUSTER, [], groups=("viewers",))
    api = clusters.api(CLUSTER, token(who, CLUSTER, fake.host))
    assert api("GET", "/api/v1/pods").status == 200

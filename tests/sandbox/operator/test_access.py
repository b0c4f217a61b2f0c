"""Who gets in: as two people, from nothing but an access key to `kubectl get nodes`."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.operator.colleagues import Colleague, Robot, Said, colleague, robot, token_of
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "common"
ROLE = f"arn:aws:iam::111122223333:role/{NAME}-k8s-access-role"
NOBODY = "arn:aws:iam::111122223333:user/nobody"
WITHIN = 60.0
"""Seconds of a busy machine; in AWS's time an hour, in which a session would end by itself."""


@pytest.fixture
def people(person: Person, tmp_path: Path) -> Iterator[tuple[Colleague, Colleague]]:
    """Ann and Bob."""
    with ExitStack() as leaving:
        ann, bob = (
            leaving.enter_context(colleague(person.sandbox, f"{name}-{person.namespace}", tmp_path))
            for name in ("ann", "bob")
        )
        yield ann, bob


@pytest.fixture
def argocd(person: Person) -> Iterator[Robot]:
    """Argo CD, with EKS Pod Identity."""
    with robot(person.sandbox, f"argocd-{person.namespace}") as found:
        yield found


def test_two_people_and_one_cluster(
    operator: Installed, person: Person, people: tuple[Colleague, Colleague], argocd: Robot
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    ann, bob = people
    person.apply(NAME, _shared(ann.arn, argocd.arn))
    person.waits_until_ready(NAME)
    _who_is_listed_gets_in_by_the_command_as_printed(person, ann)
    _so_does_a_pod_whose_session_has_tags_that_are_passed_on(ann, argocd)
    _the_verbs_say_so(person, ann)
    _and_with_a_token_of_the_role(person, ann)
    _and_with_the_kubeconfig_that_is_written(person, ann)
    _who_is_not_listed_does_not(person, bob)
    _the_verb_says_which_link_is_broken(person, ann, bob)
    _whom_iam_does_not_know_is_named_and_the_others_get_in(person, ann, bob)
    _who_is_taken_from_the_list_is_out(person, ann, bob)
    _by_hand_nobody_is_let_in(person, ann)
    _entries_let_people_in_as_themselves(person, ann)
    _entries_of_the_role_take_the_place_of_its_cluster_admin(person, ann)
    _where_the_list_is_omitted_a_hand_in_the_console_decides(person, ann)
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def _shared(*principals: str, **more: Any) -> dict[str, Any]:
    return {**SPEC, "access": {"principals": list(principals), **more}}


def _gets_in(who: Colleague, **more: str) -> None:
    eventually(
        lambda: who.nodes(**more).status == 0,
        lambda: f"{who.arn}: {who.nodes(**more)}",
        within=WITHIN,
    )
    assert [line.split()[1] for line in who.nodes(**more).out.splitlines()] == ["Ready"]


def _is_out(who: Colleague, words: str, **more: str) -> None:
    eventually(
        lambda: words in who.nodes(**more).err,
        lambda: f"{who.arn} out with {words!r}: {who.nodes(**more)}",
        within=WITHIN,
    )


def _who_is_listed_gets_in_by_the_command_as_printed(person: Person, ann: Colleague) -> None:
    command = person.status(NAME)["connectCommand"]
    assert (
        f"aws eks update-kubeconfig --name {NAME} --region us-west-2 --role-arn {ROLE}" in command
    )
    said = ann.types(command)
    assert said.status == 0, said.err
    _gets_in(ann)


def _so_does_a_pod_whose_session_has_tags_that_are_passed_on(ann: Colleague, argocd: Robot) -> None:
    """With the kubeconfig that Ann has now."""
    _gets_in(ann, **argocd.env)


def _verb(person: Person, who: Colleague, verb: str, name: str = NAME, **more: str) -> Said:
    """As a person types it, with their own AWS credentials."""
    command = Path(sys.executable).with_name("sigopt-operator")
    management = str(person.kubectl.kubeconfig)
    return who.types(
        [str(command), verb, name, "-n", person.namespace, "--kubeconfig", management], **more
    )


def _the_verbs_say_so(person: Person, ann: Colleague) -> None:
    said = _verb(person, ann, "test")
    assert said.status == 0, said.err
    lines = [line.strip() for line in said.out.splitlines()]
    assert lines[0] == f"Successfully connected to kubernetes cluster: {NAME}"
    assert lines[2].startswith(
        f"you are arn:aws:sts::111122223333:assumed-role/{NAME}-k8s-access-role/"
    )
    assert lines[3] == f"by role {ROLE}, as {ann.arn}"
    assert lines[4] == "nodes: system 1 of 1 ready, cpu none"
    path = ann.home / "printed"
    path.write_text(_verb(person, ann, "kubeconfig").out)
    _gets_in(ann, KUBECONFIG=str(path))


def _the_verb_says_which_link_is_broken(person: Person, ann: Colleague, bob: Colleague) -> None:
    role = _verb(person, bob, "test")
    assert role.status == 4
    assert f"have {bob.arn} added to spec.access.principals" in role.err
    credentials = _verb(person, ann, "test", AWS_ACCESS_KEY_ID="AKIANOBODY0000000000")
    assert credentials.status == 3
    resource = _verb(person, ann, "test", "nothing")
    assert resource.status == 1
    assert "there is no SigOptCluster" in resource.err


def _entries_of_the_role_take_the_place_of_its_cluster_admin(
    person: Person, ann: Colleague
) -> None:
    entry = {"principal": ROLE, "policy": "AmazonEKSViewPolicy", "namespaces": ["default"]}
    person.apply(NAME, _shared(ann.arn, entries=[entry]))
    person.waits_until_ready(NAME)
    eventually(
        lambda: _verb(person, ann, "test").status == 7,
        lambda: f"it shows no nodes: {_verb(person, ann, 'test')}",
        within=WITHIN,
    )
    assert ann.types("kubectl get pods --namespace default").status == 0


def _and_with_a_token_of_the_role(person: Person, ann: Colleague) -> None:
    command = f"aws eks get-token --cluster-name {NAME} --role-arn {ROLE} --region us-west-2"
    token = token_of(ann.types(command))
    path = ann.home / "with-a-token"
    told = json.loads(ann.types("kubectl config view --raw -o json").out)
    told["users"][0]["user"] = {"token": token}
    path.write_text(json.dumps(told))
    _gets_in(ann, KUBECONFIG=str(path))


def _and_with_the_kubeconfig_that_is_written(person: Person, ann: Colleague) -> None:
    name = person.status(NAME)["kubeconfigSecret"]
    found = json.loads(
        person.kubectl.must("get", "secret", name, "-n", person.namespace, "-o", "json")
    )
    path = ann.home / "written"
    path.write_bytes(base64.b64decode(found["data"]["value"]))
    _gets_in(ann, KUBECONFIG=str(path))
    who = ann.types("kubectl auth whoami -o json", KUBECONFIG=str(path))
    username = json.loads(who.out)["status"]["userInfo"]["username"]
    assert username.startswith(f"arn:aws:sts::111122223333:assumed-role/{NAME}-k8s-access-role/")


def _who_is_not_listed_does_not(person: Person, bob: Colleague) -> None:
    said = bob.types(person.status(NAME)["connectCommand"])
    assert said.status != 0
    assert "AccessDenied" in said.err
    found = json.loads(
        person.kubectl.must(
            *("get", "secret", f"{NAME}-kubeconfig", "-n", person.namespace, "-o", "json")
        )
    )
    (bob.home / "kubeconfig").write_bytes(base64.b64decode(found["data"]["value"]))
    _is_out(bob, "sts:AssumeRole")


def _whom_iam_does_not_know_is_named_and_the_others_get_in(
    person: Person, ann: Colleague, bob: Colleague
) -> None:
    person.apply(NAME, _shared(ann.arn, NOBODY, bob.arn))
    _gets_in(bob)
    person.waits(
        NAME,
        lambda s: any(c["reason"] == "PrincipalNotFound" for c in s["conditions"]),
        "it names whom IAM does not know",
    )
    message = person.condition(NAME, "AccessReady")["message"]
    assert NOBODY in message
    assert ann.arn not in message
    _gets_in(ann)


def _who_is_taken_from_the_list_is_out(person: Person, ann: Colleague, bob: Colleague) -> None:
    person.apply(NAME, _shared(bob.arn))
    person.waits_until_ready(NAME)
    _is_out(ann, "sts:AssumeRole")
    _gets_in(bob)


def _by_hand_nobody_is_let_in(person: Person, ann: Colleague) -> None:
    _edit_the_trust(person, ann.arn)
    eventually(
        lambda: ann.arn not in _trust(person),
        lambda: f"undone: {_trust(person)}",
        within=WITHIN,
    )
    person.waits_until_ready(NAME)


def _entries_let_people_in_as_themselves(person: Person, ann: Colleague) -> None:
    """Who is out as the role gets in as herself, and sees what the policy shows."""
    entry = {"principal": ann.arn, "policy": "AmazonEKSViewPolicy", "namespaces": ["kube-*"]}
    person.apply(NAME, _shared(entries=[entry]))
    person.waits_until_ready(NAME)
    told = json.loads(ann.types("kubectl config view --raw -o json").out)
    arguments = told["users"][0]["user"]["exec"]["args"]
    told["users"][0]["user"]["exec"]["args"] = arguments[: arguments.index("--role")]
    path = ann.home / "as-herself"
    path.write_text(json.dumps(told))
    pods = "kubectl get pods --namespace"
    eventually(
        lambda: ann.types(f"{pods} kube-system", KUBECONFIG=str(path)).status == 0,
        lambda: str(ann.types(f"{pods} kube-system", KUBECONFIG=str(path))),
        within=WITHIN,
    )
    assert "forbidden" in ann.types(f"{pods} default", KUBECONFIG=str(path)).err
    eks = client(person.sandbox, "eks")
    eks.create_access_entry(clusterName=NAME, principalArn=_admin())
    person.apply(NAME, _shared())
    person.waits_until_ready(NAME)
    listed = eks.list_access_entries(clusterName=NAME)["accessEntries"]
    assert ann.arn not in listed
    assert _admin() in listed, "what somebody else made is left"
    eventually(
        lambda: (
            "Unauthorized" in ann.types(f"{pods} kube-system", KUBECONFIG=str(path)).err
            or "log in" in ann.types(f"{pods} kube-system", KUBECONFIG=str(path)).err
            or "credentials" in ann.types(f"{pods} kube-system", KUBECONFIG=str(path)).err
        ),
        lambda: str(ann.types(f"{pods} kube-system", KUBECONFIG=str(path))),
        within=WITHIN,
    )


def _where_the_list_is_omitted_a_hand_in_the_console_decides(
    person: Person, ann: Colleague
) -> None:
    person.apply(NAME, SPEC)
    person.waits_until_ready(NAME)
    _edit_the_trust(person, ann.arn)
    more = {"aws": {"additionalPolicies": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]}}
    person.apply(NAME, {**SPEC, **more})
    person.waits_until_ready(NAME)
    _gets_in(ann)
    assert ann.arn in _trust(person)


def _admin() -> str:
    return "arn:aws:iam::111122223333:user/sandbox-admin"


def _trust(person: Person) -> str:
    role = client(person.sandbox, "iam").get_role(RoleName=f"{NAME}-k8s-access-role")["Role"]
    return json.dumps(role["AssumeRolePolicyDocument"])


def _edit_the_trust(person: Person, arn: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    client(person.sandbox, "iam").update_assume_role_policy(
        RoleName=f"{NAME}-k8s-access-role",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )

"""One operator, two accounts, two regions: who may have it do what, and where it then does it.

In a sandbox of its own, with light endpoints and other settings of the operator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.canaries import Canaries, nothing_secret_got_out
from tests.sandbox.operator.conftest import DEPLOY, at_work
from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.tenants import OURS, THEIRS, Administrator
from tests.waiting import eventually

from sigopt_operator.plan.login import external_id
from sigopt_sandbox.installed import NAME, Installed, install
from sigopt_sandbox.launcher import Sandbox, running

SPEED = 200.0
SEED = "canary-of-a-seed-for-external-ids"
ML, RESEARCH = "ml", "research"
SOON = 60.0


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clusters cost next to nothing."""
    with running(tmp_path_factory.mktemp("accounts"), SPEED, "light") as started:
        yield started


@pytest.fixture(scope="module")
def operator(accounts: Sandbox) -> Iterator[Installed]:
    """The operator with a seed, which may assume roles, and whose identity is for `ml` alone."""
    installed = install(accounts, DEPLOY)
    Administrator(accounts, OURS).let_assume(NAME)
    settings = {
        # So all of this is done while the operator says as much as it ever does.
        "SIGOPT_OPERATOR_LOG_LEVEL": "DEBUG",
        "SIGOPT_OPERATOR_EXTERNAL_ID_SEED": SEED,
        "SIGOPT_OPERATOR_IDENTITY_NAMESPACES": ML,
    }
    with at_work(replace(installed, env=installed.env | settings)) as working:
        yield working


@pytest.fixture(scope="module")
def people(operator: Installed, canaries: Canaries) -> Iterator[dict[str, Person]]:
    """Somebody in each namespace."""
    kubectl = Kubectl(operator.sandbox.program("kubectl"), operator.sandbox.kubeconfig)
    found = {name: Person(kubectl, name, operator.sandbox, canaries) for name in (ML, RESEARCH)}
    for person in found.values():
        person.arrive()
    yield found
    for person in found.values():
        person.leave()


@contextmanager
def for_a_test(person: Person, operator: Installed) -> Iterator[Person]:
    """For one test: at its end nothing secret got out, and nothing of it stays."""
    try:
        yield person
        nothing_secret_got_out(person.canaries, operator)
    finally:
        person.kubectl.must("delete", "soc", "--all", "-n", person.namespace, "--timeout=120s")
        person.kubectl.must("delete", "secrets", "--all", "-n", person.namespace)


@pytest.fixture
def ml(operator: Installed, people: dict[str, Person]) -> Iterator[Person]:
    """In the namespace that may use the operator's own identity."""
    with for_a_test(people[ML], operator) as person:
        yield person


@pytest.fixture
def research(operator: Installed, people: dict[str, Person]) -> Iterator[Person]:
    """In a namespace that may not."""
    with for_a_test(people[RESEARCH], operator) as person:
        yield person


@pytest.fixture
def theirs(accounts: Sandbox) -> Administrator:
    """Who administers the other account."""
    return Administrator(accounts, THEIRS)


def spec(region: str, **aws: Any) -> dict[str, Any]:
    return {**SPEC, "region": region, "aws": aws}


def named(prefix: str = "cluster") -> str:
    return f"{prefix}-{uuid4().hex[:6]}"


def refused(person: Person, name: str, reason: str) -> str:
    """The message with which it is blocked for that reason; nothing is in AWS of it."""

    def told(status: dict[str, Any]) -> bool:
        return any(c["reason"] == reason for c in status.get("conditions", ()))

    person.waits(name, told, f"it is refused: {reason}")
    condition = person.condition(name, "PreflightPassed")
    assert condition["reason"] == reason
    assert person.status(name)["phase"] == "Blocked"
    assert person.left_in_aws(name) == []
    return str(condition["message"])


def statement_in(message: str) -> dict[str, Any]:
    """The trust statement that the message tells people to use."""
    found: dict[str, Any] = json.JSONDecoder().raw_decode(message[message.index("{") :])[0]
    return found


def places_of(sandbox: Sandbox, name: str) -> set[str]:
    """Every account and region in which there is something of a cluster of that name."""
    dump = sandbox.dump()
    return {
        where
        for where, kinds in dump.items()
        if any(
            name in key or name in json.dumps(told)
            for of in kinds.values()
            for key, told in of.items()
        )
    }


def test_each_cluster_is_in_its_account_and_region_and_nothing_of_it_elsewhere(
    accounts: Sandbox, ml: Person, research: Person, theirs: Administrator
) -> None:
    own, assumed, keyed = named(), named(), named()
    role, user = theirs.make_role(named("role")), named("user")
    research.keep_secret("keys", **theirs.make_user(user))
    before = accounts.leaks()
    ml.apply(own, spec("us-west-2"))
    ml.apply(assumed, spec("eu-west-1", roleArn=role))
    research.apply(keyed, spec("us-west-2", credentialsSecretRef={"name": "keys"}))

    told = external_id(SEED, ML, assumed)
    ml.waits(assumed, lambda s: s.get("externalId") == told, "the external ID is told")
    statement = statement_in(refused(ml, assumed, "RoleNotAssumed"))
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": told}}
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{OURS}:user/{NAME}"}
    theirs.trust(role, statement)

    for person, name, account, region, caller in (
        (ml, own, OURS, "us-west-2", f"arn:aws:iam::{OURS}:user/{NAME}"),
        (ml, assumed, THEIRS, "eu-west-1", role),
        (research, keyed, THEIRS, "us-west-2", f"arn:aws:iam::{THEIRS}:user/{user}"),
    ):
        person.waits_until_ready(name)
        status = person.status(name)
        assert (status["account"], status["region"]) == (account, region)
        assert status["operatorArn"] == caller
        assert f":eks:{region}:{account}:cluster/{name}" in status["clusterArn"]
        assert places_of(accounts, name) == {f"{account}/{region}", f"{account}/global"}
        trust = _trust_of(Administrator(accounts, account), f"{name}-k8s-access-role")
        assert caller in json.dumps(trust)
    assert ml.status(assumed)["externalId"] == told
    assert "externalId" not in ml.status(own)

    for person, name in ((ml, own), (ml, assumed), (research, keyed)):
        person.delete(name)
    for person, name in ((ml, own), (ml, assumed), (research, keyed)):
        person.waits_until_gone(name)
    assert accounts.leaks() == before


def _trust_of(administrator: Administrator, role: str) -> dict[str, Any]:
    found: dict[str, Any] = administrator.iam.get_role(RoleName=role)["Role"]
    return dict(found["AssumeRolePolicyDocument"])


def test_a_role_that_trusts_one_resource_is_assumed_for_no_other(
    ml: Person, theirs: Administrator
) -> None:
    """Tried as somebody who knows all of it: the role, the external ID, and the resource's name."""
    victim, thief = named(), named()
    role = theirs.make_role(named("role"))
    told = external_id(SEED, ML, victim)
    theirs.trust(role, _statement(told))
    ml.apply(thief, spec("eu-west-1", roleArn=role))
    message = refused(ml, thief, "RoleNotAssumed")
    assert statement_in(message)["Condition"] != {"StringEquals": {"sts:ExternalId": told}}
    chosen = {**spec("eu-west-1", roleArn=role, externalId=told)}
    manifest = {
        "apiVersion": "orchestrate.sigopt.com/v1alpha1",
        "kind": "SigOptCluster",
        "metadata": {"name": thief, "namespace": ML},
        "spec": chosen,
    }
    answer = ml.kubectl("apply", "-f", "-", stdin=manifest)
    assert answer.status != 0
    assert "credentialsSecretRef" in answer.err
    ml.delete(thief)
    ml.waits_until_gone(thief)


def _statement(told: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OURS}:user/{NAME}"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"sts:ExternalId": told}},
    }


def test_another_namespace_has_neither_the_identity_nor_the_role_of_a_namesake(
    research: Person, theirs: Administrator
) -> None:
    name = named()
    role = theirs.make_role(named("role"))
    theirs.trust(role, _statement(external_id(SEED, ML, name)))
    research.apply(name, spec("eu-west-1", roleArn=role))
    assert "namespace research" in refused(research, name, "IdentityNotAllowed")
    # With keys of its own, which know the external ID of the namesake.
    research.keep_secret("keys", **theirs.make_user(named("user")))
    keys = {"credentialsSecretRef": {"name": "keys"}, "roleArn": role}
    research.apply(name, spec("eu-west-1", **keys, externalId=external_id(SEED, ML, name)))
    message = refused(research, name, "RoleNotAssumed")
    assert role in message
    assert "Secret research/keys" in message
    research.delete(name)
    research.waits_until_gone(name)


def test_keys_assume_a_role_with_the_external_id_that_the_tenant_chose(
    research: Person, theirs: Administrator
) -> None:
    name = named()
    role, user = theirs.make_role(named("role")), named("user")
    research.keep_secret("keys", **theirs.make_user(user))
    principal = {"AWS": f"arn:aws:iam::{THEIRS}:user/{user}"}
    theirs.trust(role, {**_statement("theirs-alone"), "Principal": principal})
    login = {"credentialsSecretRef": {"name": "keys"}, "roleArn": role}
    observed = {**spec("us-west-2", **login), "managementPolicy": "Observe"}
    research.apply(name, observed)
    assert "spec.aws.externalId" in refused(research, name, "RoleNotAssumed")
    research.apply(name, {**observed, "aws": {**login, "externalId": "theirs-alone"}})
    research.waits(name, lambda s: s.get("operatorArn") == role, "it works as the role")
    assert "externalId" not in research.status(name)


def test_a_rotated_secret_is_used_within_seconds_and_goes_on_with_the_cluster(
    accounts: Sandbox, research: Person, theirs: Administrator
) -> None:
    name = named()
    former, later = named("former"), named("later")
    research.keep_secret("keys", **theirs.make_user(former))
    keyed = spec("us-west-2", credentialsSecretRef={"name": "keys"})
    research.apply(name, keyed)
    research.waits_until_ready(name)

    research.keep_secret("keys", **theirs.make_user(later))
    eventually(lambda: later in callers(accounts), lambda: "the new key is used", within=SOON)
    theirs.switch_off(former)
    accounts.reset_calls()
    research.apply(name, {**keyed, "cpu": {**SPEC["cpu"], "maxNodes": 4}})
    research.waits_until_ready(name)
    assert former not in callers(accounts)
    arn = f"arn:aws:iam::{THEIRS}:user/{later}"
    assert research.status(name)["operatorArn"] == arn

    theirs.switch_off(later)
    research.waits(name, _says("CredentialsRefused"), "the key is refused")
    research.keep_secret("keys", **theirs.make_user(named("last")))
    research.waits_until_ready(name)
    research.delete(name)
    research.waits_until_gone(name)
    assert research.left_in_aws(name) == []


def _says(reason: str) -> Any:
    return lambda status: any(c["reason"] == reason for c in status.get("conditions", ()))


def callers(sandbox: Sandbox) -> set[str]:
    """Who called AWS since the last reset."""
    return set(sandbox.calls()["by"])


def test_credentials_of_the_other_account_touch_nothing_in_either(
    accounts: Sandbox, ml: Person, theirs: Administrator
) -> None:
    name = named()
    role = theirs.make_role(named("role"))
    theirs.trust(role, _statement(external_id(SEED, ML, name)))
    ml.apply(name, spec("us-west-2"))
    ml.waits_until_ready(name)
    ml.apply(name, spec("us-west-2", roleArn=role))
    ml.waits(name, _says("AccountChanged"), "it says that the account is another")
    assert places_of(accounts, name) == {f"{OURS}/us-west-2", f"{OURS}/global"}
    ml.apply(name, spec("us-west-2"))
    ml.waits_until_ready(name)
    ml.delete(name)
    ml.waits_until_gone(name)

"""Whose clients a resource gets: by keys, role, external ID and region, and never another's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.wire import Wire
from tests.fakes.wire import wire as wire  # a fixture

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import AGAIN, Clients, ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.schedule import STEADY_ROUNDS
from sigopt_operator.plan.trouble import Kind

ROLE = "arn:aws:iam::444455556666:role/team/sigopt-operator"
OTHER = "arn:aws:iam::444455556666:role/other"
OWN = Login("ml")
KEYED = Login("ml", "keys")
SECRETS = {
    ("ml", "keys"): {"aws_access_key_id": b"AKIAML", "aws_secret_access_key": b"canary-of-ml"},
    ("ai", "keys"): {"aws_access_key_id": b"AKIAAI", "aws_secret_access_key": b"canary-of-ai"},
}


class Later:
    """A clock that goes on when it is told to, and never sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def source(wire: Wire, later: Later) -> ClientSource:
    wire.accounts |= {"AKIAML": "777788889999", "AKIAAI": "777788889999"}
    return ClientSource(lambda *of: SECRETS.get(of), Budgets(later))


def account(clients: Clients) -> str:
    return clients.sts.get_caller_identity()["Account"]


def refused(source: ClientSource, login: Login) -> AwsError:
    with pytest.raises(AwsError) as caught:
        source.clients(login, "us-west-2")
    return caught.value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(OWN, KEYED, id="the operator's own and a Secret's"),
        pytest.param(KEYED, Login("ai", "keys"), id="two Secrets of one name"),
        pytest.param(OWN, Login("ml", None, ROLE, "one"), id="with and without a role"),
        pytest.param(
            Login("ml", None, ROLE, "one"), Login("ml", None, OTHER, "one"), id="two roles"
        ),
        pytest.param(
            Login("ml", None, ROLE, "one"), Login("ai", None, ROLE, "two"), id="two external IDs"
        ),
        pytest.param(
            Login("ml", None, ROLE, "one"),
            Login("ml", "keys", ROLE, "one"),
            id="one role, other keys",
        ),
        pytest.param(
            Login("ml", "keys", ROLE), Login("ml", "keys", ROLE, "one"), id="with and without an ID"
        ),
    ],
)
def test_two_logins_share_no_client(source: ClientSource, one: Login, other: Login) -> None:
    first, second = (source.clients(login, "us-west-2") for login in (one, other))
    assert first.session is not second.session
    assert first.eks is not second.eks
    assert first.shared is not second.shared
    assert source.clients(one, "us-west-2") is first
    assert source.clients(one, "eu-west-1") is not first


@pytest.mark.parametrize("login", [OWN, Login("ml", None, ROLE, "one")], ids=["own", "a role"])
def test_what_one_login_is_told_is_shared_by_its_regions(
    source: ClientSource, login: Login
) -> None:
    first, second = (source.clients(login, region) for region in ("us-west-2", "eu-west-1"))
    assert first.shared is second.shared


def test_a_role_is_assumed_once_and_everything_is_signed_by_its_session(
    wire: Wire, source: ClientSource
) -> None:
    login = Login("ml", None, ROLE, "external")
    clients = source.clients(login, "eu-west-1")
    assert account(clients) == "444455556666"
    source.clients(login, "eu-west-1").cloudformation.describe_stacks()
    assert wire.actions("AKIAOWN") == ["AssumeRole"]
    assert wire.actions("ASIA0000000000000000") == ["GetCallerIdentity", "DescribeStacks"]
    asked = wire.sent[0].body
    assert (asked["RoleArn"], asked["ExternalId"]) == (ROLE, "external")
    assert {sent.host for sent in wire.sent} == {
        "sts.eu-west-1.amazonaws.com",
        "cloudformation.eu-west-1.amazonaws.com",
    }


def test_who_still_has_clients_that_were_let_go_of_can_use_them(source: ClientSource) -> None:
    clients = source.clients(Login("ml", None, ROLE), "eu-west-1")
    clients.close()
    assert account(clients) == "444455556666"


def test_without_an_external_id_none_is_sent(wire: Wire, source: ClientSource) -> None:
    source.clients(Login("ml", "keys", ROLE), "us-west-2")
    assert [(sent.action, sent.key_id) for sent in wire.sent] == [("AssumeRole", "AKIAML")]
    assert "ExternalId" not in wire.sent[0].body


def test_a_session_is_renewed_before_it_expires(wire: Wire, source: ClientSource) -> None:
    login = Login("ml", None, ROLE, "external")
    wire.lasts = timedelta(minutes=14)
    clients = source.clients(login, "us-west-2")
    wire.lasts = timedelta(hours=1)
    assert source.clients(login, "us-west-2") is clients
    assert wire.actions() == ["AssumeRole", "AssumeRole"]
    source.clients(login, "us-west-2")
    assert len(wire.sent) == 2


def test_an_outage_of_sts_is_no_matter_while_the_session_lasts(
    wire: Wire, source: ClientSource
) -> None:
    login = Login("ml", None, ROLE, "external")
    wire.lasts = timedelta(minutes=14)
    clients = source.clients(login, "us-west-2")
    wire.refusals["AssumeRole"] = (503, "ServiceUnavailable", "down")
    assert source.clients(login, "us-west-2") is clients


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        pytest.param(503, "ServiceUnavailable", Kind.RETRY, id="STS is down"),
        pytest.param(400, "Throttling", Kind.RETRY, id="STS throttles"),
        pytest.param(403, "ExpiredToken", Kind.CREDENTIALS, id="the keys have expired"),
        pytest.param(403, "InvalidClientTokenId", Kind.CREDENTIALS, id="the keys are unknown"),
        pytest.param(403, "RegionDisabledException", Kind.DENIED, id="the region is off"),
    ],
)
def test_what_sts_answers_is_translated_as_everywhere(
    wire: Wire, source: ClientSource, status: int, code: str, kind: Kind
) -> None:
    wire.refusals["AssumeRole"] = (status, code, "words of AWS")
    trouble = refused(source, Login("ml", None, ROLE, "external")).trouble
    assert trouble.kind is kind
    assert trouble.operation == "AssumeRole"
    wire.refusals.clear()
    assert account(source.clients(Login("ml", None, ROLE, "external"), "us-west-2"))


def test_a_clock_that_is_wrong_by_hours_is_told_and_no_bug(
    wire: Wire, source: ClientSource
) -> None:
    wire.lasts = timedelta(hours=-1)
    trouble = refused(source, Login("ml", None, ROLE, "external")).trouble
    assert trouble.kind is Kind.RETRY
    assert "clock" in str(trouble)
    wire.lasts = timedelta(hours=1)
    assert account(source.clients(Login("ml", None, ROLE, "external"), "us-west-2"))


def test_a_role_that_trusts_nobody_is_told_with_the_statement_to_use(
    wire: Wire, source: ClientSource
) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "not authorized")
    error = refused(source, Login("ml", None, ROLE, "the-external-id"))
    assert error.trouble.kind is Kind.DENIED
    assert error.trouble.reason == "RoleNotAssumed"
    told = str(error)
    assert ROLE in told
    statement, _ = json.JSONDecoder().raw_decode(told[told.index("{") :])
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/op"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"sts:ExternalId": "the-external-id"}},
    }
    assert "canary" not in told
    wire.refusals.clear()
    assert account(source.clients(Login("ml", None, ROLE, "the-external-id"), "us-west-2"))


def test_keys_of_a_tenant_are_told_to_set_the_external_id(wire: Wire, source: ClientSource) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "not authorized")
    told = str(refused(source, Login("ml", "keys", ROLE)))
    assert "Secret ml/keys" in told
    assert "set spec.aws.externalId" in told
    assert "sts:ExternalId" not in told
    assert "canary" not in told


def test_a_refusal_can_be_told_when_nobody_says_who_assumes(
    wire: Wire, source: ClientSource
) -> None:
    wire.refusals["AssumeRole"] = (403, "AccessDenied", "not authorized")
    wire.refusals["GetCallerIdentity"] = (503, "ServiceUnavailable", "down")
    assert "<the ARN of who assumes it>" in str(
        refused(source, Login("ml", None, ROLE, "external"))
    )


def test_a_session_that_is_refused_is_made_anew_once_it_is_not_quite_new(
    wire: Wire, source: ClientSource, later: Later
) -> None:
    login = Login("ml", None, ROLE, "external")
    former = source.clients(login, "us-west-2")
    source.forget(former)
    assert source.clients(login, "us-west-2") is former, "many may be refused at a time"
    later.seconds += AGAIN
    source.forget(former)
    assert source.clients(login, "us-west-2") is not former
    assert wire.actions() == ["AssumeRole", "AssumeRole"]


def test_a_rotated_secret_is_another_login_at_once(wire: Wire) -> None:
    secret = dict(SECRETS["ml", "keys"])
    source = ClientSource(lambda *_: secret, Budgets(Time()))
    source.clients(Login("ml", "keys", ROLE), "us-west-2")
    secret["aws_access_key_id"] = b"AKIANEW"
    source.clients(Login("ml", "keys", ROLE), "us-west-2")
    assert [sent.key_id for sent in wire.sent] == ["AKIAML", "AKIANEW"]


@pytest.mark.parametrize(("drift_within", "same"), [(300.0, False), (86_400.0, True)])
def test_clients_are_kept_for_as_long_as_the_next_look_at_a_resource_may_take(
    wire: Wire, drift_within: float, same: bool
) -> None:
    clock = Later()
    source = ClientSource(lambda *_: None, Budgets(clock), drift_within=drift_within)
    former = source.clients(OWN, "us-west-2")
    clock.seconds += 86_400 / STEADY_ROUNDS
    source.tidy()
    assert (source.clients(OWN, "us-west-2") is former) == same


def test_many_at_once_assume_a_role_once(wire: Wire, source: ClientSource) -> None:
    login = Login("ml", None, ROLE, "external")
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: source.clients(login, "us-west-2"), range(32)))
    assert len({id(clients) for clients in found}) == 1
    assert wire.actions() == ["AssumeRole"]


@pytest.fixture
def no_identity(wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The operator has no credentials of its own; the file in which it may get some."""
    file = tmp_path / "credentials"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    wire.accounts |= {"AKIALATE": "111122223333", "AKIANEW": "111122223333"}
    return file


def mounted(file: Path, key_id: str) -> None:
    file.write_text(f"[default]\naws_access_key_id={key_id}\naws_secret_access_key=s\n")


@pytest.mark.parametrize("role", [None, ROLE])
def test_credentials_that_come_late_are_found_without_a_restart(
    no_identity: Path, source: ClientSource, later: Later, role: str | None
) -> None:
    login = Login("ml", None, role, "external" if role else None)
    assert refused(source, login).trouble.code == "CredentialsMissing"
    mounted(no_identity, "AKIALATE")
    assert refused(source, login), "a metadata service takes its time, and all would ask it"
    assert account(source.clients(KEYED, "us-west-2")), "whoever has keys does not wait for it"
    later.seconds += AGAIN
    assert account(source.clients(login, "us-west-2"))


def test_whoever_assumes_is_looked_for_again_once_its_credentials_are_refused(
    wire: Wire, no_identity: Path, source: ClientSource, later: Later
) -> None:
    login = Login("ml", None, ROLE, "external")
    mounted(no_identity, "AKIALATE")
    wire.refusals["AssumeRole"] = (403, "ExpiredToken", "The security token is expired")
    assert refused(source, login).trouble.kind is Kind.CREDENTIALS
    later.seconds += AGAIN
    assert refused(source, login).trouble.kind is Kind.CREDENTIALS
    mounted(no_identity, "AKIANEW")
    wire.refusals.clear()
    source.clients(login, "us-west-2")
    assert wire.sent[-1].key_id == "AKIANEW"

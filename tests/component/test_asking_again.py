"""An answer that was cut off is asked for again inside the call; only one that stays so ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from tests.fakes.wire import Body, headers, instead_of_the_network

from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.trouble import Kind

CLUSTER = (200, b'{"cluster": {"name": "tiny", "status": "ACTIVE"}}')
NO_CLUSTER = (404, b'{"__type": "ResourceNotFoundException", "message": "No cluster found"}')
ROLE = (
    200,
    b"<GetRoleResponse><GetRoleResult><Role><RoleName>tiny</RoleName></Role></GetRoleResult>"
    b"</GetRoleResponse>",
)
NO_ROLE = (
    404,
    b"<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no role tiny</Message></Error>"
    b"</ErrorResponse>",
)
DONE = (200, b"<DeleteVolumeResponse><return>true</return></DeleteVolumeResponse>")
NO_VOLUME = (
    400,
    b"<Response><Errors><Error><Code>InvalidVolume.NotFound</Code><Message>no vol-1</Message>"
    b"</Error></Errors></Response>",
)
Answer = tuple[int, bytes]
Ask = Callable[[Clients], str]
Cut = Callable[[bytes], bytes]


def cluster(clients: Clients) -> str:
    return clients.eks.describe_cluster(name="tiny")["cluster"]["name"]


def role(clients: Clients) -> str:
    return clients.iam.get_role(RoleName="tiny")["Role"]["RoleName"]


def volume_gone(clients: Clients) -> str:
    clients.ec2.delete_volume(VolumeId="vol-1")
    return "tiny"


@dataclass
class Line:
    """What answers, the first `spoilt` times with something else."""

    answer: Answer
    cut: Cut
    spoilt: int
    sent: list[str] = field(default_factory=list)

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent.append(request.url)
        status, body = self.answer
        told = self.cut(body) if len(self.sent) <= self.spoilt else body
        return AWSResponse(request.url, status, headers("text/plain"), Body(told))


@dataclass
class Counted:
    """A meter of answers."""

    told: Counter[str] = field(default_factory=Counter)

    def answered(self, service: str, operation: str, how: str) -> None:
        self.told[f"{service} {operation} {how}"] += 1

    def waited(self, seconds: float) -> None: ...

    def put_off(self) -> None: ...


def clients(meter: Counted | None = None) -> Clients:
    budgets = Budgets(Time(), 1e9, meter or Counted())
    return ClientSource(lambda *_: None, budgets).clients(Login("ml", None), "us-west-2")


def half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def page(_: bytes) -> bytes:
    return b"<html><body>Please sign in.</body></html>"


each_service = pytest.mark.parametrize(
    ("ask", "answer", "missing"),
    [
        pytest.param(cluster, CLUSTER, NO_CLUSTER, id="in JSON"),
        pytest.param(role, ROLE, NO_ROLE, id="in XML"),
        pytest.param(volume_gone, DONE, NO_VOLUME, id="that has nothing to say"),
    ],
)
each_way = pytest.mark.parametrize("cut", [half, page])


@each_service
@each_way
def test_a_call_goes_well_whose_first_two_answers_were_cut_off(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, answer: Answer, missing: Answer, cut: Cut
) -> None:
    line = Line(answer, cut, spoilt=2)
    instead_of_the_network(monkeypatch, line.send)
    assert ask(clients()) == "tiny"
    assert len(line.sent) == 3


@each_service
def test_a_refusal_that_was_cut_off_is_the_refusal_that_it_was(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, answer: Answer, missing: Answer
) -> None:
    line = Line(missing, half, spoilt=1)
    instead_of_the_network(monkeypatch, line.send)
    with pytest.raises(AwsError) as refused, translated():
        ask(clients())
    assert refused.value.trouble.code in (
        "ResourceNotFoundException",
        "NoSuchEntity",
        "InvalidVolume.NotFound",
    )
    assert len(line.sent) == 2


@each_service
@each_way
@pytest.mark.parametrize("of_a_refusal", [False, True], ids=["a 200", "a refusal"])
def test_a_call_whose_answers_stay_so_fails_after_three_and_is_to_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
    ask: Ask,
    answer: Answer,
    missing: Answer,
    cut: Cut,
    of_a_refusal: bool,
) -> None:
    line = Line(missing if of_a_refusal else answer, cut, spoilt=9)
    instead_of_the_network(monkeypatch, line.send)
    with pytest.raises(AwsError) as failed, translated():
        ask(clients())
    assert failed.value.trouble.code == "UnreadableAnswer"
    assert failed.value.trouble.kind is Kind.RETRY
    assert len(line.sent) == 3


@each_service
def test_each_of_these_answers_is_counted(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, answer: Answer, missing: Answer
) -> None:
    line, meter = Line(answer, half, spoilt=2), Counted()
    instead_of_the_network(monkeypatch, line.send)
    ask(clients(meter))
    assert list(meter.told.values()) == [3]


@each_service
def test_an_answer_of_aws_failing_is_botocores_to_try_again(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, answer: Answer, missing: Answer
) -> None:
    line = Line((503, answer[1]), half, spoilt=9)
    instead_of_the_network(monkeypatch, line.send)
    with pytest.raises(AwsError) as failed, translated():
        ask(clients())
    assert failed.value.trouble.kind is Kind.RETRY
    assert len(line.sent) == 3

"""Answers of the right form that cannot be true: empty, endless, nowhere."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from tests.component.nonsense import Nonsense, WireRig, end
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.aws_on_wire import AwsOnWire
from tests.fakes.aws_on_wire import aws_on_wire as aws_on_wire
from tests.fakes.wire import Body, Wire, headers
from tests.fakes.wire import wire as wire

from sigopt_operator.aws import answers
from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import ClientSource
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.login import Login


@pytest.fixture
def wired(aws_on_wire: AwsOnWire) -> Iterator[WireRig]:
    """One resource whose AWS answers through botocore."""
    with ThreadPoolExecutor(8) as executor:
        yield WireRig(executor, aws=aws_on_wire.aws, wire=aws_on_wire)


def emptied(*path: str) -> Callable[[Any], Any]:
    def change(document: Any) -> Any:
        inside = document
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = []
        return document

    return change


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        pytest.param("DescribeAvailabilityZones", "AvailabilityZones", id="a region without zones"),
        pytest.param("DescribeClusterVersions", "clusterVersions", id="an EKS without versions"),
    ],
)
def test_what_is_never_empty_is_not_believed_to_be(
    wired: WireRig, operation: str, member: str
) -> None:
    Nonsense(operation, "empty", spoil=emptied(member)).begin(wired.wire)
    wired.api.apply(KEY, SPEC)
    wired.round()
    assert wired.condition("PreflightPassed")["reason"] == "AwsNotAnswering"
    assert wired.aws.changes == []
    end(wired.wire)
    wired.until_steady()


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        pytest.param("DescribeStacks", "Stacks", id="a stack that is neither there nor not there"),
        pytest.param("DescribeStackResources", "StackResources", id="a stack of nothing"),
        pytest.param("DescribeAddonVersions", "addons", id="an EKS without add-ons"),
    ],
)
def test_of_a_cluster_that_stands_nothing_is_made_anew(
    wired: WireRig, operation: str, member: str
) -> None:
    wired.api.apply(KEY, SPEC)
    wired.until_steady()
    changes = list(wired.aws.changes)
    Nonsense(operation, "empty", spoil=emptied(member)).begin(wired.wire)
    wired.restart()
    assert wired.round().failed
    assert wired.aws.changes == changes
    assert wired.condition("Ready")["status"] == "True"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"endpoint": "not a URL"}, "endpoint", id="no URL"),
        pytest.param({"endpoint": "http://127.0.0.1"}, "endpoint", id="without TLS"),
        pytest.param({"endpoint": "https:///"}, "endpoint", id="nowhere"),
        pytest.param({"certificateAuthority": {"data": "!"}}, "no PEM", id="no base64"),
        pytest.param({"certificateAuthority": {"data": "Zm9v"}}, "no PEM", id="no PEM"),
        pytest.param({"name": "another"}, "it is about another", id="another cluster"),
    ],
)
def test_a_cluster_that_cannot_be_reached_so_is_neither_ready_nor_written_down(
    rig: Rig, change: dict[str, Any], words: str
) -> None:
    rig.api.apply(KEY, SPEC)
    while not rig.aws.clusters:
        rig.round()
        rig.aws.advance()
    sane = dict(rig.aws.clusters["tiny"])
    rig.aws.clusters["tiny"] |= change
    for _ in range(3):
        rig.round()
    assert rig.condition("Ready")["status"] == "False"
    assert words in rig.status["message"]
    assert "endpoint" not in rig.status
    assert rig.api.secret_store.ours == {}
    rig.aws.clusters["tiny"] = sane
    rig.until_steady()


def test_a_list_that_never_ends_is_given_up(
    wired: WireRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired.api.apply(KEY, SPEC)
    wired.until_steady()
    monkeypatch.setattr(answers, "MOST_PAGES", 5)
    count = itertools.count()
    # Another one each time: botocore finds out only where the same comes back.
    more = Nonsense(
        "ListNodegroups", "endless", spoil=lambda d: {**d, "nextToken": f"{next(count)}"}
    )
    ask = type(wired.aws.clients().eks)
    listed = ask.list_nodegroups
    monkeypatch.setattr(ask, "list_nodegroups", lambda self, **_: listed(self, clusterName="tiny"))
    more.begin(wired.wire)
    wired.restart()
    assert wired.round().failed
    assert "more than 5 pages" in wired.api.events[-1].message
    assert wired.condition("Ready")["status"] == "True"


def test_a_session_that_is_cut_off_on_its_way_is_not_seen_in_any_log(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """botocore's own error has the whole answer in it: the keys, and the token."""
    send = wire.send

    def cut(request: Any) -> Any:
        text = send(request).content
        text = text.replace(b">s<", b">canary-secret-key<").replace(b">t<", b">canary<")
        return AWSResponse(request.url, 200, headers("text/xml"), Body(text[:-20]))

    monkeypatch.setattr(wire, "send", cut)
    login = Login("ml", None, role_arn="arn:aws:iam::111122223333:role/a", external_id="xyz")
    source = ClientSource(lambda *_: None, Budgets(Time(), 1e9))
    with pytest.raises(AwsError) as refused:
        source.clients(login, "us-west-2")
    logging.getLogger("tests").error("a bug", exc_info=refused.value)
    assert refused.value.trouble.code == "UnreadableAnswer"
    assert "canary" not in caplog.text
    assert "canary" not in str(refused.value)

"""Quotas: what Service Quotas tells, and what holds where enforcement is switched on."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws
from tests.sandbox.aws_world import outcome, refused

from sigopt_sandbox.launcher import Sandbox
from sigopt_sandbox.launcher.quotas import RAISED


@pytest.mark.parametrize(
    ("service", "code", "value"),
    [
        pytest.param("eks", "L-1194D53C", 100, id="clusters"),
        pytest.param("vpc", "L-F678F1CE", 5, id="VPCs"),
        pytest.param("ec2", "L-0263D0A3", 5, id="elastic addresses"),
        pytest.param("ec2", "L-417A185B", 0, id="vCPUs of P instances"),
    ],
)
def test_quotas_have_their_defaults(aws: Aws, service: str, code: str, value: float) -> None:
    quotas = aws.client("service-quotas")
    found = quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    assert found["Value"] == value
    listed = quotas.list_service_quotas(ServiceCode=service)["Quotas"]
    assert code in {q["QuotaCode"] for q in listed}
    unknown = {"ServiceCode": service, "QuotaCode": "L-NONE"}
    assert refused(lambda: quotas.get_service_quota(**unknown))[0] == "NoSuchResourceException"


@pytest.mark.parametrize(
    ("code", "text", "fill"),
    [
        pytest.param(
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
            lambda ec2: ec2.create_vpc(CidrBlock="10.0.0.0/16"),
            id="VPCs",
        ),
        pytest.param(
            "AddressLimitExceeded",
            "The maximum number of addresses has been reached.",
            lambda ec2: ec2.allocate_address(Domain="vpc"),
            id="addresses",
        ),
        pytest.param(
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
            lambda ec2: ec2.create_internet_gateway(),
            id="internet gateways",
        ),
    ],
)
def test_quotas_hold_where_they_are_switched_on(
    aws: Aws, code: str, text: str, fill: Callable[[Any], Any]
) -> None:
    ec2 = aws.client("ec2", region="sa-east-1")
    aws.admin("PUT", "switches", {"quotas": True})
    try:
        outcomes = [outcome(lambda: fill(ec2)) for _ in range(6)]
        assert outcomes[-1] == (code, text)
        assert set(outcomes) == {None, (code, text)}
    finally:
        aws.admin("PUT", "switches", {"quotas": False})
    fill(ec2)


def test_a_quota_is_what_somebody_set_until_it_is_the_default_again(aws: Aws) -> None:
    quotas = aws.client("service-quotas")
    asked = {"ServiceCode": "ec2", "QuotaCode": "L-74FC7D96"}
    aws.admin("PUT", "quotas", {"ec2/L-74FC7D96": 24})
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 24
    assert quotas.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 0
    aws.admin("PUT", "quotas", {"ec2/L-74FC7D96": None})
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 0


def test_the_account_of_a_sandbox_has_room_for_many_clusters(sandbox: Sandbox) -> None:
    in_force = sandbox.admin("GET", "quotas")
    assert {name: in_force[name] for name in RAISED} == RAISED

"""Of EC2's description only that is kept which the operator needs, and of that everything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import sigopt_operator
from sigopt_operator.aws.models import OF_EC2, loader, needed

HERE = Path(sigopt_operator.__path__[0])
ASKED = re.compile(r'\bclients\.ec2\.(?:get_paginator\(\s*"(\w+)"|(\w+))')


def asked_of_ec2() -> set[str]:
    """The methods of EC2's client that the code names."""
    found = (ASKED.findall(path.read_text()) for path in HERE.rglob("*.py"))
    names = {paginated or called for each in found for paginated, called in each}
    return names - {"get_paginator"}


def test_everything_that_the_code_asks_of_ec2_is_described_and_nothing_else() -> None:
    described = {xform_name(name) for name in OF_EC2}
    assert asked_of_ec2() == described


@pytest.mark.parametrize("service", ["ec2", "eks"])
def test_what_is_described_is_described_as_botocore_does(service: str) -> None:
    whole = botocore.session.get_session().get_component("data_loader")
    ours = loader()
    full: dict[str, Any] = whole.load_service_model(service, "service-2")
    kept: dict[str, Any] = ours.load_service_model(service, "service-2")
    assert kept["metadata"] == full["metadata"]
    for section in ("operations", "shapes"):
        assert kept[section].items() <= full[section].items()


def test_less_than_a_quarter_of_ec2_is_left() -> None:
    model = botocore.session.get_session().get_component("data_loader")
    full = model.load_service_model("ec2", "service-2")
    assert len(needed(full, OF_EC2)["shapes"]) < len(full["shapes"]) / 4


def test_a_client_made_of_it_asks_and_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    session = botocore.session.get_session()
    session.register_component("data_loader", loader())
    ec2 = session.create_client("ec2", region_name="us-west-2")
    assert ec2.can_paginate("describe_subnets")
    assert not hasattr(ec2, "create_vpn_gateway")
    asked: Any = ec2  # its methods are made as it is
    url = asked.generate_presigned_url("describe_subnets", {"SubnetIds": ["subnet-1"]})
    assert "Action=DescribeSubnets" in url

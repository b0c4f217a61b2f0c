"""What follows from what AWS answers, or does not."""

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.fakes.aws import refusal

from sigopt_operator.aws.errors import AwsError, translate, translated
from sigopt_operator.plan.trouble import Kind


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        pytest.param(
            "DependencyViolation", "resource sg-1 has a dependent object", Kind.BUSY, id="group"
        ),
        pytest.param("VolumeInUse", "Volume vol-1 is currently attached", Kind.BUSY, id="volume"),
        pytest.param(
            "ResourceInUse", "Target group 'x' is currently in use", Kind.BUSY, id="target group"
        ),
        pytest.param(
            "OperationNotPermitted",
            "Load balancer 'x' cannot be deleted because deletion protection is enabled",
            Kind.REFUSED,
            id="a protected load balancer is for a person",
        ),
    ],
)
def test_what_is_held_is_waited_for_and_what_is_protected_needs_a_person(
    code: str, message: str, kind: Kind
) -> None:
    assert translate(refusal(code, message, "Delete")).kind is kind


def test_an_endpoint_that_is_not_there_may_be_a_region_that_is_none() -> None:
    with pytest.raises(AwsError) as told, translated():
        raise EndpointConnectionError(endpoint_url="https://eks.xx-nowhere-9.amazonaws.com")
    assert told.value.trouble.kind is Kind.RETRY
    assert "eks.xx-nowhere-9" in told.value.trouble.message
    assert "is spec.region a region of AWS" in told.value.trouble.message

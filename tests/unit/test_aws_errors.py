"""What follows from what AWS answers, or does not."""

import pytest
from botocore.exceptions import EndpointConnectionError
from tests.fakes.aws import refusal

from sigopt_operator.aws.errors import AwsError, translate, translated
from sigopt_operator.aws.meter import how_answered
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
        pytest.param("TagLimitExceeded", "reached", Kind.REFUSED, id="EC2: as many tags as it has"),
        pytest.param("LimitExceeded", "reached", Kind.REFUSED, id="Auto Scaling: no more tags"),
        pytest.param("BadRequestException", "at most", Kind.REFUSED, id="EKS: no more tags"),
    ],
)
def test_what_is_held_is_waited_for_and_what_is_protected_needs_a_person(
    code: str, message: str, kind: Kind
) -> None:
    assert translate(refusal(code, message, "Delete")).kind is kind


@pytest.mark.parametrize(
    "message",
    [
        "Stack:arn:aws:x is in UPDATE_IN_PROGRESS state and can not be updated.",
        "Stack [arn:aws:x] cannot be deleted while in status UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    ],
)
def test_a_stack_that_cloudformation_is_at_work_on_is_waited_for(message: str) -> None:
    assert translate(refusal("ValidationError", message, "UpdateStack")).kind is Kind.BUSY


@pytest.mark.parametrize("message", ["Request limit exceeded.", "Rate exceeded"])
def test_throttling_that_eks_passes_on_with_a_code_of_its_own_passes(message: str) -> None:
    error = refusal("InvalidRequestException", message, "CreateNodegroup")
    assert translate(error).kind is Kind.RETRY
    assert how_answered(error.response) == "throttled"


IN_USE = "ResourceInUseException"
HELD = "Cannot delete because cluster tiny currently has Fargate profile canary-7"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        pytest.param(HELD, Kind.REFUSED, id="a Fargate profile is for its owner to remove"),
        pytest.param(f"{HELD} in status ACTIVE", Kind.REFUSED, id="an ACTIVE Fargate profile"),
        pytest.param(f"{HELD} in status DELETING", Kind.BUSY, id="a Fargate profile that goes"),
        pytest.param(
            "Cannot delete because cluster tiny currently has an update in progress",
            Kind.BUSY,
            id="an update",
        ),
        pytest.param("Cluster has nodegroups attached", Kind.RETRY, id="node groups that go"),
        pytest.param("Association already exists: a-1", Kind.RETRY, id="it was deleted just now"),
        pytest.param(
            "Nodegroup cannot be updated as it is currently not in Active State",
            Kind.BUSY,
            id="a node group that is updated",
        ),
        pytest.param(
            "Nodegroup cannot be deleted as it is currently in UPDATING State",
            Kind.BUSY,
            id="a node group that is to go amid an update",
        ),
    ],
)
def test_what_eks_calls_in_use_is_waited_for_unless_it_names_something_of_others(
    message: str, kind: Kind
) -> None:
    assert translate(refusal(IN_USE, message, "DeleteCluster", 409)).kind is kind


def test_who_has_to_remove_what_is_in_the_way_is_told_after_eks_words() -> None:
    told = str(translate(refusal(IN_USE, f"{HELD}.", "DeleteCluster", 409)))
    assert f"{HELD}. What it names" in told
    assert "have its owner remove it" in told


def test_an_endpoint_that_is_not_there_may_be_a_region_that_is_none() -> None:
    with pytest.raises(AwsError) as told, translated():
        raise EndpointConnectionError(endpoint_url="https://eks.xx-nowhere-9.amazonaws.com")
    assert told.value.trouble.kind is Kind.RETRY
    assert "eks.xx-nowhere-9" in told.value.trouble.message
    assert "is spec.region a region of AWS" in told.value.trouble.message

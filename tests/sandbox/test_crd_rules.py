"""Every rule that needs no AWS is enforced by a real API server, with words for people.

The tables are `tests/crd_cases.py` and `tests/crd_edits.py`; kubectl's own output is what is read.
"""

from collections.abc import Iterator

import pytest
from tests.crd_cases import CASES, Case
from tests.crd_edits import EDITS, Edit
from tests.resources import POOL, aws
from tests.sandbox.kubectl import Kubectl, with_crd

from sigopt_sandbox.kubernetes.management import Management


@pytest.fixture(scope="module")
def kubectl(management: Management) -> Kubectl:
    return with_crd(management)


@pytest.fixture
def one_object(kubectl: Kubectl) -> Iterator[Kubectl]:
    """A kubectl whose only object is gone afterwards."""
    yield kubectl
    kubectl.must("delete", "sigoptclusters", "--all", "--namespace=default")


@pytest.mark.parametrize("case", [pytest.param(each, id=each.rule) for each in CASES])
def test_the_wrong_manifest_is_refused_and_the_closest_right_one_taken(
    kubectl: Kubectl, case: Case
) -> None:
    refused = kubectl("create", "--dry-run=server", "-f", "-", stdin=case.wrong)
    assert refused.status == 1
    assert case.path in refused.err
    assert case.says in refused.err

    kubectl.must("create", "--dry-run=server", "-f", "-", stdin=case.right)


@pytest.mark.parametrize("edit", [pytest.param(each, id=each.rule) for each in EDITS])
def test_the_wrong_edit_is_refused_and_the_closest_right_one_taken(
    one_object: Kubectl, edit: Edit
) -> None:
    one_object.must("create", "-f", "-", stdin=edit.before)

    refused = one_object("replace", "-f", "-", stdin=edit.wrong)
    assert refused.status == 1
    assert edit.path in refused.err
    assert edit.says in refused.err

    one_object.must("replace", "-f", "-", stdin=edit.right)


def test_all_broken_rules_are_named_at_once(kubectl: Kubectl) -> None:
    wrong = aws(
        region="us-west-2a",
        cpu={**POOL, "minNodes": 4},
        access={"principals": ["nobody"]},
    )

    refused = kubectl("create", "--dry-run=server", "-f", "-", stdin=wrong)

    for path in ("spec.region", "spec.cpu.maxNodes", "spec.access.principals[0]"):
        assert path in refused.err


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        pytest.param({"zone": "us-west-2a"}, "spec.zone", id="beside the known ones"),
        pytest.param({"cpu": {**POOL, "spot": True}}, "spec.cpu.spot", id="in a pool"),
        pytest.param({"aws": {"awsAccessKeyId": "hush"}}, "spec.aws.awsAccessKeyId", id="a key"),
    ],
)
def test_an_unknown_field_is_refused_by_its_name_and_without_its_value(
    kubectl: Kubectl, spec: dict[str, object], field: str
) -> None:
    refused = kubectl("create", "--dry-run=server", "-f", "-", stdin=aws(**spec))

    assert refused.status == 1
    assert f'unknown field "{field}"' in refused.err
    assert "hush" not in refused.err

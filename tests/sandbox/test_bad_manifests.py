"""Wrong manifests are refused by a real API server, with the place and what is wrong there."""

from __future__ import annotations

import pytest
from tests.api_server import ApiServer
from tests.bad_manifests import BAD_MANIFESTS, Refused
from tests.bad_wishes import BAD_WISHES
from tests.sandbox.kubectl import with_crd

from sigopt_sandbox.kubernetes.management import Management


@pytest.fixture(scope="module")
def api(management: Management) -> ApiServer:
    """With the CRD."""
    with_crd(management)
    return ApiServer(management.kubeconfig)


@pytest.mark.parametrize("case", [pytest.param(each, id=each.wrong) for each in BAD_MANIFESTS])
def test_it_is_refused_by_name(api: ApiServer, case: Refused) -> None:
    refused = api.create(case.text)
    assert refused.status >= 400
    assert case.field in refused.message
    assert case.says in refused.message
    assert "hush" not in refused.message


def test_there_are_enough_of_them_and_none_twice() -> None:
    """150 were asked for, beside the rules' own cases; see the tables' docstrings."""
    wrongs = [each.wrong for each in BAD_MANIFESTS] + [each.wrong for each in BAD_WISHES]
    assert len(wrongs) == len(set(wrongs))
    assert len(wrongs) >= 150

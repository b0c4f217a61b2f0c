"""Wrong manifests are refused by a real API server, with the place and what is wrong there."""

from __future__ import annotations

import json

import pytest
from tests.api_server import ApiServer
from tests.bad.manifest import Refused
from tests.bad.manifests import BAD_MANIFESTS
from tests.bad.wishes import BAD_WISHES
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


def test_so_many_of_them_are_there_and_none_twice() -> None:
    """150 were asked for, beside the rules' own cases; none may go without anybody noticing."""
    assert (len(BAD_MANIFESTS), len(BAD_WISHES)) == (193, 107)
    wrongs = [each.wrong for each in BAD_MANIFESTS] + [each.wrong for each in BAD_WISHES]
    assert len(set(wrongs)) == len(wrongs)
    assert len({each.text for each in BAD_MANIFESTS}) == len(BAD_MANIFESTS)
    told = {json.dumps(each.spec) + str(each.secret) for each in BAD_WISHES}
    assert len(told) == len(BAD_WISHES)


def test_they_are_refused_for_more_than_a_hundred_different_reasons() -> None:
    """Most attacks upon a name meet the same rule; they alone would not be a test of the others."""
    assert len({(each.field, each.says) for each in BAD_MANIFESTS}) >= 130
    assert len({(each.reason, each.says) for each in BAD_WISHES}) >= 75

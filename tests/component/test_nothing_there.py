"""Which 404 of a management cluster says that a resource is gone, and which does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sigopt_operator.runtime.errors import is_of_nothing


def status(**details: Any) -> str:
    told = {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
    return json.dumps({**told, "details": details})


def test_one_that_names_what_is_not_there() -> None:
    body = status(name="tiny", group="orchestrate.sigopt.com", kind="sigoptclusters")
    assert is_of_nothing(404, body)
    assert is_of_nothing(404, body.encode())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("404 page not found\n", id="the CRD is removed, or not served"),
        pytest.param(status(), id="the server could not find the requested resource"),
        pytest.param("<html><body>404 Not Found</body></html>", id="a proxy in between"),
        pytest.param("", id="nothing"),
        pytest.param(None, id="no body at all"),
        pytest.param("[]", id="another form"),
        pytest.param('{"details": "tiny"}', id="details of another form"),
        pytest.param(status(name="tiny")[:-9], id="cut off"),
    ],
)
def test_any_other_says_nothing_about_a_resource(body: str | None) -> None:
    assert not is_of_nothing(404, body)


@pytest.mark.parametrize("code", [403, 410, 503, None])
def test_no_other_status_does(code: int | None) -> None:
    assert not is_of_nothing(code, status(name="tiny"))

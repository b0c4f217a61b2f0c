"""A manifest nested deeper than Python reads holds up nobody, whoever wrote it.

The API server takes ten thousand levels where a schema keeps what it does not know.
"""

import json

import pytest
from tests.sandbox.runtime.clusters import SPEC, Administrator
from tests.sandbox.runtime.conftest import Deployed
from tests.sandbox.runtime.operators import running

from sigopt_operator.api import resource

LEVELS = 9_000
FORMS = [
    # The API server itself notes of mappings, not of lists, which field is whose: as deep again.
    pytest.param('{"a":', "}", id="mappings"),
    pytest.param("[", "]", id="lists"),
]


def deep(deployed: Deployed, admin: Administrator, name: str, begin: str, end: str) -> None:
    """Create it as a person who can write JSON, which Python cannot."""
    settings = {"name": "coredns", "configuration": {"deep": "@"}}
    manifest = {
        "apiVersion": resource.API_VERSION,
        "kind": resource.KIND,
        "metadata": {"name": name, "namespace": admin.namespace},
        "spec": {**SPEC, "addons": [settings]},
    }
    text = json.dumps(manifest).replace('"@"', begin * LEVELS + "1" + end * LEVELS)
    path = f"/apis/{resource.API_VERSION}/namespaces/{admin.namespace}/{resource.PLURAL}"
    deployed.kubectl.typed("create", "--raw", path, "-f", "-", stdin=text)


def there(deployed: Deployed, admin: Administrator, name: str) -> bool:
    told = deployed.kubectl.must(
        "get", "soc", name, "-n", admin.namespace, "--ignore-not-found", "-o", "name"
    )
    return bool(told)


def away(deployed: Deployed, admin: Administrator, name: str) -> None:
    """Delete it, finalizer or not; what there is of it cannot be listed from here."""
    patch = json.dumps({"metadata": {"finalizers": None}})
    where = ("soc", name, "-n", admin.namespace)
    deployed.kubectl("patch", *where, "--type=merge", "-p", patch)
    deployed.kubectl.must("delete", *where, "--ignore-not-found")


@pytest.mark.parametrize(("begin", "end"), FORMS)
async def test_one_that_is_too_deep_is_watched_read_and_let_go_like_any_other(
    deployed: Deployed, admin: Administrator, begin: str, end: str
) -> None:
    try:
        async with running(deployed.operator) as operator:
            await operator.until_leading()
            deep(deployed, admin, "deep", begin, end)
            await operator.until(lambda: operator.look.of(admin.key("deep")), "a round of it")
            admin.create("good")
            await operator.until(lambda: operator.look.of(admin.key("good")), "a round beside it")
        # One that was there at the start is in the list from which the watch begins.
        async with running(deployed.operator) as operator:
            looks = await operator.until(
                lambda: operator.look.of(admin.key("deep")), "a round of it after a restart"
            )
            assert looks[0].finalizer
            await operator.until(lambda: operator.look.of(admin.key("good")), "the other's round")
            deployed.kubectl.must("delete", "soc", "deep", "-n", admin.namespace, "--wait=false")
            await operator.until(
                lambda: operator.look.of(admin.key("deep"))[-1].deleting, "its deletion"
            )
            operator.look.release.set()
            await operator.until(lambda: not there(deployed, admin, "deep"), "gone")
    finally:
        away(deployed, admin, "deep")

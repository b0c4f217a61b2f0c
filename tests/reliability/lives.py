"""Whole lives of clusters, a creation, an edit and a deletion, while AWS fails around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.reliability.lab import Lab
from tests.reliability.run import Passed, Run
from tests.reliability.scenarios import CPU, DELETE, FIRST, Scenario, Spec, edit, of_all
from tests.reliability.tenant import Sight, Tenant

from sigopt_sandbox.weather.before import Before

EDITED: Spec = {
    **FIRST,
    "kubernetesVersion": "1.33",
    "cpu": {**CPU, "instanceType": "m5.large", "maxNodes": 4},
}
"""A minor version up, and another instance type: the control plane, pools and add-ons change."""
LIFE = (
    edit("create", of_all(**FIRST)),
    edit("edit", of_all(**EDITED), replaces=frozenset({"cpu"}), upgrades=True),
    DELETE,
)
TEN_MINUTES = 600.0
LOOKS = 0.02
"""Seconds between two looks whether an outage may end."""

Climate = Mapping[str, Any]


@dataclass(frozen=True)
class Lived:
    """A life that came to its end."""

    passed: tuple[Passed, ...]
    met: Mapping[str, int]
    """What the weather did to the operator's requests."""

    @property
    def sights(self) -> list[Sight]:
        """Everything that was to be seen of the resource, in order."""
        return [sight for passed in self.passed for sight in passed.sights]

    @property
    def log(self) -> str:
        """What the operator wrote."""
        return "".join(passed.log for passed in self.passed)


def live(
    lab: Lab,
    scenarios: tuple[Scenario, ...] = LIFE,
    climate: Climate | None = None,
    prepare: Callable[[Tenant], None] = lambda _: None,
) -> Lived:
    """Go through all of it with an operator, a namespace and an account of its own.

    The climate is between the operator and AWS. `prepare` is what somebody else did before.
    """
    with lab.tenant() as tenant:
        prepare(tenant)
        tenant.weather = True
        over = tenant.account
        tenant.sandbox.weather(climate or {}, over)
        try:
            passed = go_through(tenant, scenarios)
        finally:
            tenant.sandbox.weather(None, over)
        return Lived(passed, tenant.sandbox.weather_so_far().get(over, {}))


def live_before(lab: Lab, before: Before, climate: Climate) -> Lived:
    """A life of which the climate is between the operator and the management cluster."""
    with lab.tenant() as tenant:
        tenant.kubeconfig = before.kubeconfig(lab.kubeconfig, tenant.directory / "kubeconfig")
        tenant.management = before.url
        before.weather(climate, tenant.namespace)
        try:
            passed = go_through(tenant, LIFE)
        finally:
            before.weather(None, tenant.namespace)
        return Lived(passed, before.so_far().get(tenant.namespace, {}))


def go_through(tenant: Tenant, scenarios: tuple[Scenario, ...]) -> tuple[Passed, ...]:
    """One scenario after the other, with one operator."""
    run = Run(tenant)
    run.begin()
    return tuple(run.go_through(scenario) for scenario in scenarios)


def outage(
    run: Run,
    climate: Climate,
    seen: Callable[[Sight], bool] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """That weather for ten minutes of AWS's, or longer: until it is seen in the resource."""
    tenant = run.tenant
    until = time.monotonic() + TEN_MINUTES / tenant.sandbox.state.speed
    tenant.sandbox.weather(climate, tenant.account)
    meanwhile()
    if seen is not None:
        run.until(seen, "the outage is told")
    while (left := until - time.monotonic()) > 0:
        tenant.wait_for_news(min(left, LOOKS))
    tenant.sandbox.weather({}, tenant.account)

"""What a person does in each scenario, and the chains in which one follows from another.

In a chain each scenario begins where the one before it ended, so that a cluster that was dear to
make serves many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.reliability.foreign import make_foreign_cluster

from sigopt_sandbox.launcher.administrator import NAME
from sigopt_sandbox.launcher.state import ACCOUNT

if TYPE_CHECKING:
    from tests.reliability.run import Run
    from tests.reliability.tenant import Tenant

Spec = dict[str, Any]

CPU: Spec = {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2}
FIRST: Spec = {
    "provider": "aws",
    "region": "us-west-2",
    "kubernetesVersion": "1.32",
    "cpu": CPU,
    "aws": {"credentialsSecretRef": {"name": "keys"}},
}
ONE_UP: Spec = {**FIRST, "kubernetesVersion": "1.33"}
THREE_UP: Spec = {**FIRST, "kubernetesVersion": "1.36"}
REPLACED: Spec = {**THREE_UP, "cpu": {**CPU, "instanceType": "m5.large"}}
GPU: Spec = {**REPLACED, "gpu": {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}}
LIMITS: Spec = {**REPLACED, "cpu": {**REPLACED["cpu"], "minNodes": 1, "maxNodes": 4}}
COLLEAGUE = f"arn:aws:iam::{ACCOUNT}:user/{NAME}"
"""Whom IAM knows: the sandbox's administrator."""
SHARED: Spec = {**LIMITS, "access": {"principals": [COLLEAGUE]}}
ADOPTED: Spec = {"adopt": True, "deletionPolicy": "Delete"}
FOREIGN: Spec = {**FIRST, "kubernetesVersion": "1.34", **ADOPTED}


@dataclass(frozen=True)
class Scenario:
    """Something that a person does, until it is done."""

    name: str
    act: Callable[[Run], None]
    replaces: frozenset[str] = frozenset()
    """The pools that may have two node groups meanwhile."""
    upgrades: bool = False
    """Whether parts take their turns: until its own, one is as it was before."""
    ends: bool = False
    """Whether nothing may be left in the account at its end."""
    opens: bool = False
    """Whether the next one has to follow: there is no resource at its end, but a cluster."""


@dataclass(frozen=True)
class Chain:
    """Scenarios of which each begins where the one before it ended."""

    name: str
    scenarios: tuple[Scenario, ...]
    prepare: Callable[[Tenant], None] = lambda _: None
    """What somebody else did before."""

    def until(self, name: str) -> Chain:
        """As far as that scenario, and then the end."""
        names = [scenario.name for scenario in self.scenarios]
        return replace(
            self,
            scenarios=(*self.scenarios[: names.index(name)], self[name], self.scenarios[-1])
            if name != names[-1]
            else self.scenarios,
        )

    def __getitem__(self, name: str) -> Scenario:
        return next(scenario for scenario in self.scenarios if scenario.name == name)


def edit(
    name: str, spec: Spec, replaces: frozenset[str] = frozenset(), *, upgrades: bool = False
) -> Scenario:
    """The resource is made or gets that spec, and is Ready for it."""

    return Scenario(name, lambda run: _ready(run, spec), replaces, upgrades)


def _ready(run: Run, spec: Spec) -> None:
    generation = run.apply(spec)
    run.until(
        lambda sight: sight.ready and sight.generation == generation,
        f"it is Ready for generation {generation}",
    )


def _rotate(run: Run) -> None:
    run.rotate("rotated")
    run.until(
        lambda sight: sight.ready and str(sight.status.get("operatorArn")).endswith("/rotated"),
        "it is Ready, and managed with the other key",
    )


def _delete(run: Run) -> None:
    run.delete()
    run.until(lambda sight: sight.gone, "it is gone")


def _create_and_delete(run: Run) -> None:
    run.apply(FIRST)
    run.until_called("eks:CreateCluster")
    _delete(run)


def _keep(run: Run) -> None:
    _ready(run, {**SHARED, "deletionPolicy": "Retain"})
    _delete(run)


DELETE = Scenario("delete", _delete, ends=True)

CHAINS = (
    Chain(
        "life",
        (
            edit("create", FIRST),
            edit("upgrade-one", ONE_UP, upgrades=True),
            edit("upgrade-three", THREE_UP, upgrades=True),
            edit("replace-pool", REPLACED, frozenset({"cpu"})),
            edit("add-pool", GPU),
            edit("remove-pool", REPLACED),
            edit("limits", LIMITS),
            edit("access", SHARED),
            Scenario("rotate-credentials", _rotate),
            Scenario("keep", _keep, opens=True),
            edit("adopt-kept", {**SHARED, **ADOPTED}),
            DELETE,
        ),
    ),
    Chain("young", (Scenario("delete-during-create", _create_and_delete, ends=True),)),
    Chain(
        "foreign",
        (
            edit("adopt", FOREIGN),
            Scenario("delete-adopted", _delete, ends=True),
        ),
        make_foreign_cluster,
    ),
)

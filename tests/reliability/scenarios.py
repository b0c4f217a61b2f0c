"""What a person does in each scenario, and the chains in which one follows from another.

In a chain each scenario begins where the one before it ended, so that a cluster that was dear to
make serves many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.reliability.foreign import make_foreign_cluster

from sigopt_sandbox.launcher.administrator import NAME
from sigopt_sandbox.launcher.state import ACCOUNT

if TYPE_CHECKING:
    from tests.reliability.run import Run
    from tests.reliability.tenant import Tenant

Spec = dict[str, Any]
Change = Callable[[Spec], Spec]
"""What a person makes of a spec, without changing the one that they had."""

CPU: Spec = {"instanceType": "t3.medium", "minNodes": 0, "maxNodes": 2}
GPU: Spec = {"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 2}
FIRST: Spec = {
    "provider": "aws",
    "region": "us-west-2",
    "kubernetesVersion": "1.32",
    "cpu": CPU,
    "aws": {"credentialsSecretRef": {"name": "keys"}},
}
COLLEAGUE = f"arn:aws:iam::{ACCOUNT}:user/{NAME}"
"""Whom IAM knows: the sandbox's administrator."""
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
    needs: str = ""
    """The scenario that has to come before it."""


@dataclass(frozen=True)
class Chain:
    """Scenarios of which each begins where the one before it ended."""

    name: str
    scenarios: tuple[Scenario, ...]
    prepare: Callable[[Tenant], None] = lambda _: None
    """What somebody else did before."""
    whole: bool = True
    """Whether no scenario was left out in between."""

    def until(self, name: str) -> Chain:
        """As far as that scenario, and then the end."""
        names = [scenario.name for scenario in self.scenarios]
        return replace(
            self,
            scenarios=(*self.scenarios[: names.index(name)], self[name], self.scenarios[-1])
            if name != names[-1]
            else self.scenarios,
        )

    def through(self, names: Collection[str]) -> Chain:
        """Only those scenarios and what they need, between the first and the last one."""
        first, *_, last = (scenario.name for scenario in self.scenarios)
        wanted = {*names, first, last}
        wanted |= {self[name].needs for name in wanted if self[name].needs}
        wanted |= {s.name for s in self.scenarios if s.needs in wanted and self[s.needs].opens}
        kept = tuple(scenario for scenario in self.scenarios if scenario.name in wanted)
        return replace(self, scenarios=kept, whole=False)

    def __getitem__(self, name: str) -> Scenario:
        return next(scenario for scenario in self.scenarios if scenario.name == name)


def edit(name: str, change: Change, **traits: Any) -> Scenario:
    """The resource is made or gets the changed spec, and is Ready for it."""
    return Scenario(name, lambda run: _ready(run, change), **traits)


def to_version(minor: int) -> Change:
    """That version of Kubernetes."""
    return lambda spec: {**spec, "kubernetesVersion": f"1.{minor}"}


def of_cpu(**fields: Any) -> Change:
    """Those fields of the pool without GPUs."""
    return lambda spec: {**spec, "cpu": {**spec["cpu"], **fields}}


def of_all(**fields: Any) -> Change:
    """Those fields of the spec; None takes one away."""

    def changed(spec: Spec) -> Spec:
        return {key: value for key, value in {**spec, **fields}.items() if value is not None}

    return changed


def _ready(run: Run, change: Change) -> None:
    generation = run.apply(change(run.spec))
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
    run.hold_after("eks:CreateCluster")  # or it might have pools before it is deleted
    run.apply(FIRST)
    run.until_called("eks:CreateCluster")
    run.delete()
    run.let_go_on()
    run.until(lambda sight: sight.gone, "it is gone")


def _keep(run: Run) -> None:
    _ready(run, of_all(deletionPolicy="Retain"))
    _delete(run)


DELETE = Scenario("delete", _delete, ends=True)

CHAINS = (
    Chain(
        "life",
        (
            edit("create", of_all(**FIRST)),
            edit("upgrade-one", to_version(33), upgrades=True),
            edit("upgrade-three", to_version(36), upgrades=True, needs="upgrade-one"),
            edit("replace-pool", of_cpu(instanceType="m5.large"), replaces=frozenset({"cpu"})),
            edit("add-pool", of_all(gpu=GPU)),
            edit("remove-pool", of_all(gpu=None), needs="add-pool"),
            edit("limits", of_cpu(minNodes=1, maxNodes=4)),
            edit("access", of_all(access={"principals": [COLLEAGUE]})),
            Scenario("rotate-credentials", _rotate),
            Scenario("keep", _keep, opens=True),
            edit("adopt-kept", of_all(**ADOPTED), needs="keep"),
            DELETE,
        ),
    ),
    Chain("young", (Scenario("delete-during-create", _create_and_delete, ends=True),)),
    Chain(
        "foreign",
        (
            edit("adopt", of_all(**FOREIGN)),
            Scenario("delete-adopted", _delete, ends=True),
        ),
        make_foreign_cluster,
    ),
)

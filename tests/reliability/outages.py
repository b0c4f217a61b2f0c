"""Services of AWS that are gone for ten minutes, amid whatever the operator was doing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.reliability.lives import EDITED, LIFE, Climate, outage
from tests.reliability.run import Run
from tests.reliability.scenarios import FIRST, Scenario
from tests.reliability.tenant import Sight

CREATE, EDIT, DELETE = LIFE


@dataclass(frozen=True)
class Amid:
    """The calls after which a service is gone: of the creation, the edit and the deletion."""

    create: str
    """Empty: it is gone from the beginning, and not needed later on."""
    edit: str
    delete: str
    needed_by_the_edit: bool = True
    """Whether the edit cannot be made without it: otherwise the outage need not be noticed."""

    def without(self, service: str) -> tuple[Scenario, ...]:
        """A life in which that service is gone once amid each of its three parts."""
        gone = {"away": [service]}
        told = waits_for_aws if self.create else None

        def away(run: Run) -> None:
            outage(run, gone, told, run.let_go_on)

        def away_amid_the_edit(run: Run) -> None:
            outage(run, gone, told if self.needed_by_the_edit else None, run.let_go_on)

        return (
            _amid(CREATE, lambda run: run.apply(FIRST), self.create, away)
            if self.create
            else _under(CREATE, gone),
            _amid(EDIT, lambda run: run.apply(EDITED), self.edit, away_amid_the_edit),
            _amid(DELETE, lambda run: run.delete(), self.delete, away),
        )


OUTAGES: Mapping[str, Amid] = {
    "eks": Amid("eks:CreateCluster", "eks:UpdateClusterVersion", "eks:DeleteNodegroup"),
    "cloudformation": Amid(
        "cloudformation:CreateStack",
        "eks:UpdateClusterVersion",
        "cloudformation:DeleteStack",
        needed_by_the_edit=False,
    ),
    "sts": Amid("", "eks:UpdateClusterVersion", "eks:DeleteCluster", needed_by_the_edit=False),
}


def waits_for_aws(sight: Sight) -> bool:
    """Whether it says that AWS does not answer."""
    conditions = sight.status.get("conditions", ())
    return any(each["reason"] == "AwsNotAnswering" for each in conditions)


def _amid(
    whole: Scenario, begin: Callable[[Run], object], midway: str, happens: Callable[[Run], None]
) -> Scenario:
    """The same, but that something happens after that call; it lets the operator go on."""

    def act(run: Run) -> None:
        run.hold_after(midway)  # or AWS might be done with it before anything happens
        begin(run)
        run.until_called(midway)
        happens(run)
        _end(whole, run)

    return replace(whole, act=act)


def _under(whole: Scenario, climate: Climate) -> Scenario:
    """A creation that begins in an outage."""

    def act(run: Run) -> None:
        outage(run, climate, waits_for_aws, lambda: run.apply(FIRST))
        _end(whole, run)

    return replace(whole, act=act)


def _end(whole: Scenario, run: Run) -> None:
    if whole.ends:
        run.until(lambda sight: sight.gone, "it is gone")
    else:
        run.until_ready()


def _expires(run: Run) -> None:
    """The key expires for good; when that is told, a person puts another into the Secret."""
    tenant = run.tenant
    key = tenant.keys["operator"].key_id
    tenant.sandbox.weather({"refused": {key: "ExpiredToken"}}, tenant.account)
    run.let_go_on()
    run.until(wants_other_keys, "it asks for other keys")
    run.rotate("rotated")


def wants_other_keys(sight: Sight) -> bool:
    """Whether it asks a person for keys that AWS knows."""
    stalled = sight.condition("Stalled")
    return stalled.get("status") == "True" and stalled.get("reason") == "CredentialsRefused"


EXPIRED = (_amid(CREATE, lambda run: run.apply(FIRST), "eks:CreateCluster", _expires), EDIT, DELETE)
"""A life of which the keys expire amid the creation."""

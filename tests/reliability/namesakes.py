"""A resource that is let go by hand amid its creation, and made again under the same name."""

from __future__ import annotations

from dataclasses import replace

from tests.reliability.lives import LIFE
from tests.reliability.run import Run
from tests.reliability.scenarios import FIRST, Scenario
from tests.reliability.tenant import Sight

ADOPTING = {**FIRST, "adopt": True, "deletionPolicy": "Delete"}


def conflict(sight: Sight) -> bool:
    """Whether it says that somebody else has its name, and that a person must act."""
    stalled = sight.condition("Stalled")
    return stalled.get("status") == "True" and stalled.get("reason") == "NameConflict"


def _let_go_and_made_again(run: Run) -> None:
    run.apply(FIRST)
    run.until_called("eks:CreateCluster")
    run.tenant.let_go()
    run.until(lambda sight: sight.gone, "it is gone")
    run.apply(FIRST)
    run.until(conflict, "it says whose the name is")
    run.apply(ADOPTING)
    run.until_ready()


NAMESAKES: tuple[Scenario, ...] = (
    replace(LIFE[0], name="let go and made again", act=_let_go_and_made_again),
    LIFE[-1],
)
"""It conflicts with what the former left, takes it over when asked to, and is deleted."""

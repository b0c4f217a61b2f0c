"""What a status is composed from."""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.status import Status
from sigopt_operator.plan.decide import Plan
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.trouble import Outcome
from sigopt_operator.plan.wish import Wish


@dataclass(frozen=True)
class Round:
    """What one round was about, found, planned and did."""

    resource: SigOptCluster
    want: Wish
    login: Login
    seen: Snapshot
    plan: Plan
    outcomes: tuple[Outcome, ...]
    moment: Moment

    @property
    def before(self) -> Status:
        """The status as it was read; empty at first sight."""
        return self.resource.status or Status()

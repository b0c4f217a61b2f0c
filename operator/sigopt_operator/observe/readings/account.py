"""What is read of the account: who the operator is, what AWS sells, what there is room for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import timedelta

from sigopt_operator.observe import updates
from sigopt_operator.observe.checks import Asking
from sigopt_operator.observe.facts import read_facts
from sigopt_operator.observe.identity import read_identity
from sigopt_operator.observe.readings.recall import A_DAY, Recall, T, always
from sigopt_operator.plan.preflight.account import account_problems
from sigopt_operator.plan.preflight.checks import Checks
from sigopt_operator.plan.snapshot import AddonOffer, Facts, Identity, Release, Snapshot
from sigopt_operator.plan.wish import Wish

FOR_A_CREATION = timedelta(hours=1)
"""What AWS sells does not change while one cluster is made."""
WHILE_MENDED = timedelta(minutes=3)
"""For an account that did not pass preflight: somebody is raising a quota, or granting a right."""


@dataclass(frozen=True)
class AccountReadings(Recall):
    """Of the account."""

    def identity(self) -> Identity:
        """Who the operator is."""
        return self._recall(
            "Identity",
            "",
            lambda: read_identity(self.clients),
            always,
            fresh_for=self._rarely,
            cost=2,
        )

    def facts(self, types: tuple[str, ...]) -> Facts:
        """What AWS sells."""
        return self._recall(
            "Facts",
            " ".join((self.clients.region, *types)),
            lambda: read_facts(self.clients, types, tuple(r.version for r in self.releases())),
            always,
            fresh_for=FOR_A_CREATION,
        )

    def checks(self, executor: Executor, want: Wish, seen: Snapshot, facts: Facts) -> Checks:
        """What the account has room and leave for; asked again soon where that is in the way."""

        def recall(what: str, read: Callable[[], T]) -> T:
            return self._recall("Checks", what, read, always, fresh_for=WHILE_MENDED)

        def passes(checks: Checks) -> bool:
            return not any(account_problems(want, replace(seen, checks=checks), facts))

        asking = Asking(self.clients, executor, recall, self.moment)
        return self._recall(
            "Checks",
            "everything",
            lambda: asking.checks(want, seen, facts),
            passes,
            fresh_for=FOR_A_CREATION,
        )

    def releases(self) -> tuple[Release, ...]:
        """The Kubernetes versions on offer."""
        return self._recall(
            "Releases",
            self.clients.region,
            lambda: updates.read_releases(self.clients),
            always,
            fresh_for=A_DAY,
        )

    def addon_offers(self, version: str) -> dict[str, AddonOffer]:
        """The add-ons that fit a version of Kubernetes."""
        return self._recall(
            "AddonOffers",
            version,
            lambda: updates.read_addon_offers(self.clients, version),
            always,
            fresh_for=A_DAY,
        )

"""What a round says: the status, written where it says anything new, and what is worth an event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.status import ConditionType, Status
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.trouble import ROLE_NOT_ASSUMED, UNREADABLE_ANSWER, Kind, Outcome, Trouble
from sigopt_operator.reconcile.beginnings import ever_acted
from sigopt_operator.reconcile.nexts import (
    FAILED,
    GONE,
    ON_CHANGE,
    SOON_AGAIN,
    UNTIL_MENDED,
    UNTIL_TRUSTED,
    WHILE_REFUSED,
    WHILE_UNHELD,
)
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.logging import about
from sigopt_operator.runtime.rounds import Next
from sigopt_operator.status import events
from sigopt_operator.status.blocked import compose_refusal, compose_trouble, unreadable
from sigopt_operator.status.compose import compose
from sigopt_operator.status.round import Round

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saying:
    """Says things about one resource in one round, and with that when to look again."""

    api: ManagementApi
    key: Key
    clock: Callable[[], datetime]

    def done(self, of: Round, then: Next) -> Next:
        """What was seen, planned and done."""
        return self._say(of.resource, compose(of), of.outcomes, then)

    def beforehand(self, of: Round) -> SigOptCluster | None:
        """What will be done, before it is; None for another wish meanwhile, or another's."""
        status = compose(of)
        version = of.resource.resource_version
        if not self.api.write_status(self.key, version, status.to_dict()):
            return None
        # What the end of the round says is compared with this one.
        self._post(of.resource, events.turned(of.resource.status, status))
        read = self.api.read(self.key)
        again = SigOptCluster.parse(read) if read else None
        if again is None or again.uid != of.resource.uid:
            return None
        return again if again.generation == of.resource.generation else None

    def unreadable(self, read: Mapping[str, Any], why: str) -> Next:
        """That this operator cannot read the spec."""
        status = unreadable(read, why, self.clock())
        version = read["metadata"]["resourceVersion"]
        written = self.api.write_status(self.key, version, status.to_dict())
        return ON_CHANGE if written else SOON_AGAIN

    def refused(self, resource: SigOptCluster, why: Blocked) -> Next:
        """That nothing is done for this wish."""
        told = compose_refusal(resource, why.reason, why.message, self.clock())
        return self._say(resource, told, (), ON_CHANGE)

    def without_login(self, resource: SigOptCluster, why: Blocked) -> Next:
        """What an edit or another setting mends; until then what was made for it cannot go."""
        if resource.deleting and not ever_acted(resource):
            return GONE
        return self.refused(resource, why)

    def kept_from_leaving(self, resource: SigOptCluster, why: Blocked) -> Next:
        """Why a resource that leaves AWS as it is cannot go yet."""
        return self._warned(resource, why, ConditionType.KUBECONFIG_READY, WHILE_REFUSED)

    def unheld(self, resource: SigOptCluster, why: Blocked) -> Next:
        """Why its finalizer is not as it should be."""
        return self._warned(resource, why, ConditionType.PREFLIGHT_PASSED, WHILE_UNHELD)

    def troubled(self, resource: SigOptCluster, login: Login, trouble: Trouble) -> Next:
        """What kept the round from looking."""
        log.warning("%s", trouble, extra=about(self.key))
        if trouble.code == UNREADABLE_ANSWER:
            # Waiting alone may not mend it, and a status that is Ready stays as it is.
            self.api.event(self.key, resource.uid, "Warning", trouble.reason, str(trouble))
        if resource.deleting and trouble.kind.for_a_person and not ever_acted(resource):
            log.info("nothing was ever made for it", extra=about(self.key))
            return GONE
        told = compose_trouble(resource, login, trouble, self.clock())
        then = FAILED
        if trouble.kind is Kind.CREDENTIALS:
            then = UNTIL_MENDED
        elif trouble.code == ROLE_NOT_ASSUMED:
            then = UNTIL_TRUSTED
        return self._say(resource, told, (), then)

    def _warned(
        self, resource: SigOptCluster, why: Blocked, condition: ConditionType, then: Next
    ) -> Next:
        log.warning("%s", why.message, extra=about(self.key))
        told = compose_refusal(resource, why.reason, why.message, self.clock(), condition)
        return self._say(resource, told, (), then)

    def _say(
        self, resource: SigOptCluster, status: Status, outcomes: tuple[Outcome, ...], then: Next
    ) -> Next:
        before, version = resource.status, resource.resource_version
        stands = status == before or self.api.write_status(self.key, version, status.to_dict())
        self._post(resource, events.done(before, status, outcomes))
        if not stands:  # what turned is told by the round that writes it
            return SOON_AGAIN
        self._post(resource, events.turned(before, status))
        return then

    def _post(self, resource: SigOptCluster, told: list[events.Event]) -> None:
        for event in told:
            self.api.event(self.key, resource.uid, event.type, event.reason, event.message)

"""The status where no plan could be made: AWS not asked, a wish not acted upon or not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sigopt_operator.api.resource import SigOptCluster, status_of
from sigopt_operator.api.status import ConditionType, Phase, Status
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.status.conditions import Told, summary, timed
from sigopt_operator.status.phase import WORKS


def compose_trouble(
    resource: SigOptCluster, login: Login, trouble: Trouble, now: datetime
) -> Status:
    """The status when AWS could not even be asked.

    What was known stays; a Ready that was said for this very spec stays too while AWS merely does
    not answer, since nothing says that the cluster is worse off.
    """
    before = resource.status or Status()
    current = before.observed_generation == resource.generation
    if trouble.kind is Kind.RETRY and current and before.phase in WORKS:
        return before
    stalled = trouble.kind.for_a_person
    words = [Told(ConditionType.PREFLIGHT_PASSED, "False", trouble.reason, str(trouble), stalled)]
    deleting = resource.deleting
    told = _said(before, resource.generation, words, now, deleting=deleting, stalled=stalled)
    return told.model_copy(update={"external_id": login.told_external_id})


def compose_refusal(
    resource: SigOptCluster,
    reason: str,
    message: str,
    now: datetime,
    about: ConditionType = ConditionType.PREFLIGHT_PASSED,
) -> Status:
    """The status of a wish that this operator does not act upon, with the reason."""
    words = [Told(about, "False", reason, message, stalled=True)]
    before, deleting = resource.status or Status(), resource.deleting
    return _said(before, resource.generation, words, now, deleting=deleting, stalled=True)


def unreadable(obj: Mapping[str, Any], message: str, now: datetime) -> Status:
    """The status of an object whose spec this operator cannot read: newer or hand-made.

    What was known of its cluster stays.
    """
    words = [Told(ConditionType.PREFLIGHT_PASSED, "False", "InvalidSpec", message, stalled=True)]
    before = status_of(obj) or Status()
    return _said(before, obj["metadata"]["generation"], words, now, deleting=False, stalled=True)


def _said(
    before: Status,
    generation: int,
    words: list[Told],
    now: datetime,
    *,
    deleting: bool,
    stalled: bool,
) -> Status:
    summed = summary(words, ready=False, deleting=deleting, ready_message="")
    new = timed([*summed, *words], before.conditions, generation, now)
    kept = {condition.type for condition in new}
    known = before.phase if before.phase not in (None, Phase.BLOCKED) else Phase.PENDING
    known = Phase.UPDATING if known in WORKS else known  # it was Ready for another wish
    phase = Phase.BLOCKED if stalled else known
    return before.model_copy(
        update={
            "observed_generation": generation,
            "phase": Phase.DELETING if deleting else phase,
            "message": new[0].message,
            "conditions": (*new, *(c for c in before.conditions if c.type not in kept)),
        }
    )

"""The status where no plan could be made: AWS not asked, a wish not acted upon or not read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sigopt_operator.api.resource import SigOptCluster, status_of
from sigopt_operator.api.spec import ManagementPolicy
from sigopt_operator.api.status import ConditionType, Phase, Status
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.trouble import Kind, Trouble
from sigopt_operator.status.conditions import Told, summary, timed
from sigopt_operator.status.phase import WORKS, was_ready


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
    phase = Phase.BLOCKED if stalled else _unanswered(resource)
    told = _said(before, resource.generation, words, now, phase, deleting=resource.deleting)
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
    return _said(before, resource.generation, words, now, Phase.BLOCKED, deleting=deleting)


def unreadable(obj: Mapping[str, Any], message: str, now: datetime) -> Status:
    """The status of an object whose spec this operator cannot read: newer or hand-made.

    What was known of its cluster stays.
    """
    words = [Told(ConditionType.PREFLIGHT_PASSED, "False", "InvalidSpec", message, stalled=True)]
    before = status_of(obj) or Status()
    generation = obj["metadata"]["generation"]
    return _said(before, generation, words, now, Phase.BLOCKED, deleting=False)


def _unanswered(resource: SigOptCluster) -> Phase:
    """What there is to say of what could not be looked at."""
    before = resource.status or Status()
    if resource.spec.management_policy is ManagementPolicy.OBSERVE:
        return Phase.PENDING
    if was_ready(before):
        return Phase.UPDATING
    # The account is said before anything is made there.
    return Phase.CREATING if before.account else Phase.PENDING


def _said(
    before: Status,
    generation: int,
    words: list[Told],
    now: datetime,
    phase: Phase,
    *,
    deleting: bool,
) -> Status:
    summed = summary(words, ready=False, deleting=deleting, ready_message="")
    new = timed([*summed, *words], before.conditions, generation, now)
    kept = {condition.type for condition in new}
    held = any(word.stalled for word in words)
    return before.model_copy(
        update={
            "observed_generation": generation,
            "phase": Phase.DELETING if deleting else phase,
            "message": new[0].message,
            "removal_since": None if held else before.removal_since,
            "conditions": (*new, *(c for c in before.conditions if c.type not in kept)),
        }
    )

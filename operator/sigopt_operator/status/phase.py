"""The phase: one word for people, derived from everything else."""

from __future__ import annotations

from sigopt_operator.api.status import Phase, Status
from sigopt_operator.plan.managing import NEVER
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.status.conditions import Told
from sigopt_operator.status.round import Round

WORKS = (Phase.READY, Phase.DEGRADED)
"""The phases in which Ready is True."""


def phase(of: Round, words: tuple[Told, Told, Told], *, ready: bool) -> Phase:
    """`words` are Ready, Reconciling and Stalled."""
    if of.want.deleting:
        return Phase.DELETING
    if words[2].status == "True":
        return Phase.BLOCKED
    if ready:
        return Phase.DEGRADED if any(p.step.degraded for p in of.plan.parts) else Phase.READY
    if of.want.paused and of.before.phase not in (None, Phase.BLOCKED):
        return of.before.phase
    if of.want.observed or of.want.custom:
        return _of_observed(of.seen)
    if was_ready(of.before):
        return Phase.UPDATING
    begun = _stack_is_ours(of) or any(o.trouble is None for o in of.outcomes)
    return Phase.CREATING if begun else Phase.PENDING


def was_ready(before: Status) -> bool:
    """Whether it was Ready once.

    Under another identity than then (NEVER) the former phase says so; a blocked one had nodes at
    least when it was.
    """
    if before.fulfilled_generation != NEVER:
        return before.fulfilled_generation is not None
    if before.phase is Phase.BLOCKED:
        return before.nodes is not None
    return before.phase is Phase.UPDATING or before.phase in WORKS


def _stack_is_ours(of: Round) -> bool:
    return of.seen.stack is not None and ours(of.seen.stack.tags, of.want.uid)


def _of_observed(seen: Snapshot) -> Phase:
    """Others change it, or it does not answer: then there is nothing that it could be called."""
    updating = seen.cluster is not None and seen.cluster.status == "UPDATING"
    return Phase.UPDATING if updating else Phase.PENDING

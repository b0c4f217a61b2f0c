"""The phase: one word for people, derived from everything else."""

from __future__ import annotations

from sigopt_operator.api.status import Phase, Status
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
    if of.want.planned:
        return Phase.PENDING
    if of.want.paused:
        return of.before.phase or Phase.PENDING
    if of.want.observed or of.want.custom:
        return _of_observed(of.seen)
    if _was_ready(of.before):
        return Phase.UPDATING
    begun = of.seen.stack is not None or any(o.trouble is None for o in of.outcomes)
    return Phase.CREATING if begun else Phase.PENDING


def _of_observed(seen: Snapshot) -> Phase:
    """Others change it, or it does not answer: then there is nothing that it could be called."""
    updating = seen.cluster is not None and seen.cluster.status == "UPDATING"
    return Phase.UPDATING if updating else Phase.PENDING


def _was_ready(before: Status) -> bool:
    """Whether it was Ready once; a blocked one had nodes at least when it was."""
    if before.phase is Phase.BLOCKED:
        return before.nodes is not None
    return before.phase is Phase.UPDATING or before.phase in WORKS

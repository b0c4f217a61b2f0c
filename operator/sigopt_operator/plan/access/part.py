"""Access: who may assume the role that people share, and who has which access entry."""

from __future__ import annotations

from sigopt_operator.plan.access.entries import entries
from sigopt_operator.plan.access.trust import trust
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import access_role
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish


def access(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """All entries and the trust; offers operator and role as soon as these have their entry.

    What keeps one colleague out keeps nothing else from going on.
    """
    entering, trusting = entries(want, seen), trust(want, seen)
    if entering.ready and trusting.ready:
        shared = f"shared through {access_role(want.cluster_name)}"
        message = "; ".join(filter(None, (shared, trusting.message)))
        return Step(ready=True, actions=trusting.actions, message=message, offers=entering.offers)
    return Step(
        actions=entering.actions + trusting.actions,
        waiting=entering.waiting,
        blocked=entering.blocked or trusting.blocked,
        message="; ".join(filter(None, (entering.message, trusting.message))),
        offers=entering.offers,
    )

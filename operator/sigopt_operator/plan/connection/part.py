"""The connection test: does the cluster's own API answer to the operator?"""

from __future__ import annotations

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Step, Waiting
from sigopt_operator.plan.wish import Wish


def connection(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Ready when the cluster answered in this very round."""
    told = seen.connection
    if told is None:
        return Step(waiting=(Waiting("the connection test"),))
    if told.problem:
        # New access entries take several seconds to work (EKS User Guide, "access entries").
        return Step(waiting=(Waiting(f"the cluster's API to answer: {told.problem}"),))
    return Step(
        ready=True, message=f"Successfully connected to kubernetes cluster: {want.cluster_name}"
    )

"""What AWS does not say clearly: told, waited for, and never acted upon.

A status that is not in its documents, or not yet: to take it for any that is known would be to
delete, or to build on, something in whatever state. And what it does not show, and was just made.
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.plan.steps import Step, Waiting

CLUSTER = frozenset("CREATING ACTIVE DELETING FAILED UPDATING PENDING".split())
NODE_GROUP = frozenset(
    "CREATING ACTIVE UPDATING DELETING CREATE_FAILED DELETE_FAILED DEGRADED".split()
)
ADDON = frozenset(
    "CREATING ACTIVE CREATE_FAILED UPDATING DELETING DELETE_FAILED DEGRADED UPDATE_FAILED".split()
)
"""EKS API, the types Cluster, Nodegroup, Addon."""
STACK = frozenset(
    "CREATE_COMPLETE CREATE_FAILED DELETE_COMPLETE DELETE_FAILED ROLLBACK_COMPLETE ROLLBACK_FAILED "
    "UPDATE_COMPLETE UPDATE_FAILED UPDATE_ROLLBACK_COMPLETE UPDATE_ROLLBACK_FAILED "
    "IMPORT_COMPLETE IMPORT_ROLLBACK_COMPLETE IMPORT_ROLLBACK_FAILED".split()
)
"""CloudFormation API, StackStatus, without those that end with _IN_PROGRESS."""


def strange(what: str, status: str) -> Step:
    """Wait until it has a status that is known."""
    told = f"AWS to take {what} out of {status}, a status that this operator does not know"
    return Step(waiting=(Waiting(told),))


A_LOOK = timedelta(seconds=10)
"""Of AWS's time, until the next."""


def untold(who: str, what: str) -> Step:
    """Wait until a service that does not show something can be believed that it is not there."""
    return Step(waiting=(Waiting(f"{who} to tell whether there is {what}"),), again=A_LOOK)

"""The end of a resource that leaves everything in AWS as it is: what Argo CD was given goes."""

from __future__ import annotations

from sigopt_operator.act.secrets import delete_secret
from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import DeletionPolicy, ManagementPolicy, Provider
from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.actions import DeleteSecret
from sigopt_operator.plan.kubeconfig.part import leave, places
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.wish import Wish
from sigopt_operator.reconcile.nexts import GONE, SOON
from sigopt_operator.runtime.rounds import Next


def lets_go(resource: SigOptCluster) -> bool:
    """Whether the end of the resource leaves everything as it is."""
    spec = resource.spec
    theirs = spec.provider is Provider.CUSTOM
    observed = spec.management_policy is ManagementPolicy.OBSERVE
    return theirs or observed or spec.deletion_policy is DeletionPolicy.RETAIN


def put_away(want: Wish, store: SecretStore) -> Next | Blocked:
    """Delete the Secrets that nothing else deletes: GONE when there is none, or why one stays."""
    asked = {
        place: store.find(place, want.uid, want.name, to_be_deleted=True) for place in places(want)
    }
    step = leave(want, asked)
    if step.ready:
        return GONE
    try:
        for action in step.actions:
            if isinstance(action, DeleteSecret):
                delete_secret(store, action)
    except AwsError as error:
        return Blocked(error.trouble.reason, str(error.trouble))
    return step.blocked or SOON

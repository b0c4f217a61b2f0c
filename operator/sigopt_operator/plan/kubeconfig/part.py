"""The Secrets with which others use the cluster: a kubeconfig, and a target for Argo CD.

They are written into the management cluster. The status has the place of each just before it is
written (the conductor sees to that), and until it is gone: so a Secret under a former name is found
again, and an operator that is killed in between leaves none behind. A Secret of a wanted name that
is not ours is said and left.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sigopt_operator.plan.actions import ApplySecret, DeleteSecret, ReleaseSecret
from sigopt_operator.plan.difference import Difference
from sigopt_operator.plan.kubeconfig.file import Way
from sigopt_operator.plan.kubeconfig.secret import FoundSecret, Noted, Place, Secret
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import access_role, role_arn
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.wish import Wish

KUBECONFIG_TYPE = "cluster.x-k8s.io/secret"
"""As Cluster API has it; a Secret's type never changes, so one of another type is never taken."""
KUBECONFIG_KEY = "value"
"""Where Cluster API puts a kubeconfig, and where Flux looks for one."""
ARGOCD_LABEL = {"argocd.argoproj.io/secret-type": "cluster"}
"""How Argo CD finds its clusters (operator manual, "declarative setup")."""
NOT_WRITTEN = "SecretRefused"

Found = Mapping[Place, FoundSecret | None]
GivingUp = type[DeleteSecret] | type[ReleaseSecret]


def kubeconfig(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Both Secrets as wished; ready where they are not looked at, as for a plan of AWS alone."""
    if seen.secrets is None or seen.cluster is None:
        return Step(ready=seen.secrets is None)
    slots = _slots(want, seen, seen.cluster)
    step = merge([_slot(slot, seen.secrets) for slot in slots])
    places = ", ".join(f"Secret {slot.wanted.place}" for slot in slots if slot.wanted)
    return replace(step, message=places) if step.ready else step


def remove_kubeconfig(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Take Argo CD's Secret away; the other goes with its owner, by Kubernetes' own hand."""
    return leave(want, seen.secrets or {})


def leave(want: Wish, found: Found) -> Step:
    """What has to go before the resource may, also where everything in AWS stays."""
    place = want.noted.argocd
    return _gone(place, found, DeleteSecret) if place else Step(ready=True)


def places(want: Wish) -> tuple[Place, ...]:
    """The Secrets that a decision needs to know of."""
    noted = (want.noted.argocd,) if want.deleting else (want.noted.kubeconfig, want.noted.argocd)
    wanted = () if want.deleting else (want.kubeconfig_secret, want.argocd_secret)
    return tuple(sorted({place for place in (*wanted, *noted) if place}))


def noted(want: Wish, seen: Snapshot) -> Noted:
    """What the status is to say: the places that are wanted, once former ones are left."""
    if want.deleting or seen.secrets is None or seen.cluster is None:
        return want.noted
    return Noted(
        kubeconfig=_noted(
            want.kubeconfig_secret, want.noted.kubeconfig, seen.secrets, ReleaseSecret
        ),
        argocd=_noted(want.argocd_secret, want.noted.argocd, seen.secrets, DeleteSecret),
    )


def way_in(want: Wish, seen: Snapshot, cluster: Cluster) -> Way:
    """How people get into the cluster: by the access role, or where there is none as they are.

    One that was managed before it was only observed has the role, and its entry, still.
    """
    who = seen.identity
    somebodys = want.observed and not ours(cluster.tags, want.uid)
    shared = role_arn(who.partition, who.account, access_role(want.cluster_name))
    return Way(
        cluster=cluster.name,
        region=want.region,
        endpoint=cluster.endpoint,
        certificate_authority=cluster.certificate_authority,
        role_arn=None if somebodys else shared,
    )


@dataclass(frozen=True)
class _Slot:
    """One of the two Secrets: as it is wanted, and where it was."""

    wanted: Secret | None
    noted: Place | None
    gives_up: GivingUp
    """How one that is wanted no more goes."""

    @property
    def moves(self) -> bool:
        """Whether there is a former place to leave first."""
        return self.noted is not None and (self.wanted is None or self.noted != self.wanted.place)


def _slots(want: Wish, seen: Snapshot, cluster: Cluster) -> tuple[_Slot, _Slot]:
    way = way_in(want, seen, cluster)
    shared = _shared(want, want.kubeconfig_secret, way) if want.kubeconfig_secret else None
    target = _target(want, want.argocd_secret, way) if want.argocd_secret else None
    return (
        _Slot(shared, want.noted.kubeconfig, ReleaseSecret),
        _Slot(target, want.noted.argocd, DeleteSecret),
    )


def _shared(want: Wish, place: Place, way: Way) -> Secret:
    data = {KUBECONFIG_KEY: way.kubeconfig()}
    return Secret(place, want.uid, KUBECONFIG_TYPE, data, owner=want.name)


def _target(want: Wish, place: Place, way: Way) -> Secret:
    """No owner reference: those do not reach into another namespace."""
    return Secret(place, want.uid, "Opaque", _for_argocd(place, way), ARGOCD_LABEL)


def _for_argocd(place: Place, way: Way) -> dict[str, str]:
    """Argo CD makes a token by itself, as the role; so nothing in it ever expires."""
    login = {"clusterName": way.cluster} | ({"roleARN": way.role_arn} if way.role_arn else {})
    config = {
        "awsAuthConfig": login,
        "tlsClientConfig": {"insecure": False, "caData": way.certificate_authority},
    }
    return {"name": place.name, "server": way.endpoint, "config": json.dumps(config)}


def _slot(slot: _Slot, found: Found) -> Step:
    if slot.moves and slot.noted is not None:
        left = _gone(slot.noted, found, slot.gives_up)
        if not left.ready:
            return left
    if slot.wanted is None:
        return Step(ready=True)
    return _written(slot.wanted, found.get(slot.wanted.place))


def _written(wanted: Secret, found: FoundSecret | None) -> Step:
    if found is None:
        return _apply(wanted, "", "none")
    if found.problem:
        return Step(blocked=Blocked(NOT_WRITTEN, found.problem))
    if found.going:
        return Step(waiting=(Waiting(f"Kubernetes to remove the former Secret {wanted.place}"),))
    if found.secret is None:
        told = (
            f"Secret {wanted.place} exists and was not made for this resource, so it is not "
            f"touched. Have its owner remove it, or name another one"
        )
        named = " in spec.access.kubeconfigSecretRef." if wanted.owner else "."
        return Step(blocked=Blocked("NameConflict", told + named))
    if found.secret.holds(wanted):
        return Step(ready=True)
    return _apply(wanted, found.uid, "something else")


def _apply(wanted: Secret, uid: str, found: str) -> Step:
    # What is in it is nobody's business in an event.
    told = Difference(f"Secret {wanted.place}", found, "as it was written")
    return Step(actions=(ApplySecret(wanted, uid, differences=(told,)),))


def _gone(place: Place, found: Found, gives_up: GivingUp) -> Step:
    there = found.get(place)
    if there is not None and there.problem and not there.absent:
        return Step(blocked=Blocked(NOT_WRITTEN, there.problem))
    if there is None or there.secret is None:
        return Step(ready=True)
    return Step(actions=(gives_up(place, there.uid),))


def _noted(
    wanted: Place | None, before: Place | None, found: Found, gives_up: GivingUp
) -> Place | None:
    if before == wanted:
        return wanted
    if before is not None and (before not in found or not _gone(before, found, gives_up).ready):
        return before  # not looked at, which is not gone
    return wanted if wanted is not None and _takes(wanted, found) else None


def _takes(place: Place, found: Found) -> bool:
    """Whether one of ours is there, or about to be: elsewhere there is nothing to find again."""
    there = found.get(place)
    return place in found and (there is None or there.secret is not None)

"""The settings of a control plane compared: field, found, wanted, and the one change to begin with.

EKS runs one update of a control plane at a time and takes one kind of setting a call ("Only one
type of update can be allowed."), so what differs is mended kind by kind, round by round.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sigopt_operator.plan.actions import UpdateClusterSetting
from sigopt_operator.plan.control_plane.setting import (
    EVERYWHERE,
    ClusterSetting,
    DeletionProtection,
    EndpointAccess,
    Logging,
    SecretsEncryption,
)
from sigopt_operator.plan.control_plane.versions import failure, under_way
from sigopt_operator.plan.difference import Difference, differences, told
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Cluster, Update
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.wish import Wish

TAKES = timedelta(minutes=3)
"""What EKS takes for a change of settings, as a rule (EKS API: "a few minutes")."""
ENCRYPTION_TAKES = timedelta(minutes=10)
RETRY_AFTER = timedelta(minutes=15)
"""Since the last attempt began. What made it fail (a key that EKS may not use, full subnets) a
person mends; an attempt disturbs nobody, but nothing else can be updated meanwhile."""
AGAIN = "15 minutes"
UNPROTECTED = DeletionProtection(on=False)


def change_settings(want: Wish, cluster: Cluster, moment: Moment) -> Step | None:
    """The first change that an ACTIVE cluster of ours needs, and what stands against others.

    None where all of it is as wished.
    """
    steps: list[Step] = []
    for setting, found in _compare(want, cluster):
        if isinstance(setting, SecretsEncryption) and cluster.kms_key_arn:
            fixed = Blocked("EncryptionCannotChange", _fixed(cluster, setting))
            steps.append(Step(blocked=fixed))
            continue
        steps.append(_change(cluster, setting, found, moment))
        if steps[-1].blocked is None:
            break
    return merge(steps) if steps else None


def ending_update(cluster: Cluster) -> Waiting | None:
    """An update that an earlier spec asked for, of what looks as wished because it is not done."""
    going = next((each for each in cluster.setting_updates.values() if under_way(each)), None)
    if going is None:
        return None
    what = f"EKS to end an update of {cluster.name} ({going.kind}) that an earlier spec asked for"
    return Waiting(what, going.created_at, TAKES)


def unsettled_settings(want: Wish, cluster: Cluster) -> tuple[ClusterSetting, ...]:
    """The settings whose updates have to be looked at: they are not as wished, and could be."""
    if want.deleting:
        return (UNPROTECTED,) if cluster.deletion_protection else ()
    settings = (setting for setting, _ in _compare(want, cluster))
    fixed = (SecretsEncryption,) if cluster.kms_key_arn else ()
    return tuple(setting for setting in settings if not isinstance(setting, fixed))


def protected(cluster: Cluster) -> bool:
    """Whether EKS refuses to delete it: it heeds protection only of a cluster that came about.

    EKS User Guide, "Deletion protection": it is ignored while CREATING, FAILED or DELETING, where
    it could not be switched off either.
    """
    return cluster.deletion_protection and cluster.status in ("ACTIVE", "UPDATING")


def lift_protection(cluster: Cluster, moment: Moment) -> Step:
    """Switch deletion protection off, so that the cluster can be deleted."""
    if cluster.status == "UPDATING":
        return Step(waiting=(Waiting(f"the update of EKS cluster {cluster.name} to end"),))
    found = (Difference("spec.deletionProtection", "true", "false"),)
    return _change(cluster, UNPROTECTED, found, moment)


def _change(
    cluster: Cluster, setting: ClusterSetting, found: tuple[Difference, ...], moment: Moment
) -> Step:
    action = UpdateClusterSetting(cluster.name, setting, found)
    takes = ENCRYPTION_TAKES if isinstance(setting, SecretsEncryption) else TAKES
    last = cluster.setting_updates.get(setting.update_type)
    if last is not None and under_way(last):
        return Step(waiting=(Waiting(f"EKS to {action}", last.created_at, takes),))
    if last is not None and _lately_failed(last, setting, moment):
        told = failure(f"{'; '.join(map(str, found))}. To {action}", last, AGAIN)
        return Step(blocked=Blocked("SettingUpdateFailed", told))
    return Step(actions=(action,), waiting=(Waiting(f"EKS to {action}", moment.now, takes),))


def _lately_failed(last: Update, setting: ClusterSetting, moment: Moment) -> bool:
    """Whether just this failed so short a time ago that it is not asked for again yet."""
    young = moment.elapsed(last.created_at) < RETRY_AFTER
    return last.status == "Failed" and young and setting.asked_in(last.asked)


def protection(want: Wish, cluster: Cluster | None) -> Blocked | None:
    """Why nothing is deleted although the resource is: it is protected by its own spec."""
    if not want.deletion_protection or cluster is None or not ours(cluster.tags, want.uid):
        return None
    return Blocked(
        "DeletionProtected",
        f"spec.deletionProtection is true, so nothing of cluster {cluster.name} is deleted, "
        f"although the resource is. Set it to false to have the cluster deleted "
        f"(kubectl -n {want.namespace} patch sigoptcluster {want.name} --type merge "
        f'-p \'{{"spec":{{"deletionProtection":false}}}}\').',
    )


def _compare(
    want: Wish, cluster: Cluster
) -> Iterator[tuple[ClusterSetting, tuple[Difference, ...]]]:
    if found := _endpoint(want.endpoint_access, cluster.endpoint_access):
        yield want.endpoint_access, found
    if found := differences([("spec.logging", cluster.logging, want.logging)]):
        yield Logging(want.logging), found
    protected = ("spec.deletionProtection", cluster.deletion_protection, want.deletion_protection)
    if found := differences([protected]):
        yield DeletionProtection(want.deletion_protection), found
    # Without a wish an encryption that somebody switched on stays: EKS cannot switch it off.
    if want.kms_key_arn and want.kms_key_arn != cluster.kms_key_arn:
        key = ("spec.secretsEncryption.kmsKeyArn", cluster.kms_key_arn, want.kms_key_arn)
        yield SecretsEncryption(want.kms_key_arn), differences([key])


def _endpoint(want: EndpointAccess, found: EndpointAccess) -> tuple[Difference, ...]:
    field = "spec.endpointAccess"
    compared: list[tuple[str, object, object]] = [
        (f"{field}.public", found.public, want.public),
        (f"{field}.private", found.private, want.private),
    ]
    if want.public:
        cidrs = (found.public_cidrs or (EVERYWHERE,), want.public_cidrs or (EVERYWHERE,))
        compared.append((f"{field}.publicCidrs", *cidrs))
    return differences(compared)


def _fixed(cluster: Cluster, setting: SecretsEncryption) -> str:
    return (
        f"spec.secretsEncryption.kmsKeyArn: the Secrets of cluster {cluster.name} are encrypted "
        f"with {told(cluster.kms_key_arn)}, and EKS can neither change that nor switch it off, so "
        f"{setting.kms_key_arn} cannot be had. Write the key that it has, or make a new "
        f"SigOptCluster."
    )

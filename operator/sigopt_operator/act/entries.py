"""Access entries, made, changed and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from sigopt_operator.act.repeated import existing_is_fine, gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, translate
from sigopt_operator.plan.actions import GrantAccess, RemoveAccess
from sigopt_operator.plan.ownership import TAG_UID, ours
from sigopt_operator.plan.trouble import Kind, Trouble


def grant_access(clients: Clients, action: GrantAccess) -> None:
    """Make the entry where it is missing, associate what it lacks, disassociate what is too much.

    What EKS refuses of one policy does not keep the principal from its others: all refusals are in
    one AwsError(AccessEntryRefused).
    """
    refused: list[str] = []
    made = False
    if action.anew:
        _delete(clients, action.cluster, action.principal_arn, action.tags[TAG_UID])
    if action.create:
        with _refusals(action, "", refused):
            made = _create(clients, action)
        _raise(refused)
    if not made and action.always:
        _tag(clients, action)
    elif not made:
        _check(clients, action.cluster, action.principal_arn, action.tags[TAG_UID])
    for policy, namespaces in action.policies.items():
        with _refusals(action, f" with {policy}", refused):
            clients.eks.associate_access_policy(
                clusterName=action.cluster,
                principalArn=action.principal_arn,
                policyArn=_arn(policy, action.principal_arn),
                accessScope=(
                    {"type": "namespace", "namespaces": list(namespaces)}
                    if namespaces
                    else {"type": "cluster"}
                ),
            )
    for policy in action.revoke:
        with gone_is_fine():
            clients.eks.disassociate_access_policy(
                clusterName=action.cluster,
                principalArn=action.principal_arn,
                policyArn=_arn(policy, action.principal_arn),
            )
    _raise(refused)


def remove_access(clients: Clients, action: RemoveAccess) -> None:
    """Delete the entry, if it is still the one that was made for the resource."""
    _delete(clients, action.cluster, action.principal_arn, action.uid)


def _delete(clients: Clients, cluster: str, arn: str, uid: str) -> None:
    with gone_is_fine():
        _check(clients, cluster, arn, uid)
        clients.eks.delete_access_entry(clusterName=cluster, principalArn=arn)


def _create(clients: Clients, action: GrantAccess) -> bool:
    """Whether it was made; False: there is one already.

    Without a token of ours: the same grant may be due again later, after somebody deleted the
    entry, and a token that EKS knows might only answer as the first time.
    """
    with existing_is_fine():
        clients.eks.create_access_entry(
            clusterName=action.cluster,
            principalArn=action.principal_arn,
            tags=dict(action.tags),
        )
        return True
    return False


def _check(clients: Clients, cluster: str, arn: str, uid: str) -> None:
    """Raise where somebody has made the entry anew since it was looked at."""
    told = clients.eks.describe_access_entry(clusterName=cluster, principalArn=arn)["accessEntry"]
    if not ours(told.get("tags") or {}, uid):
        text = f"spec.access.entries: the access entry of {arn} is somebody else's now, and is left"
        raise AwsError(Trouble(Kind.REFUSED, "NameConflict", text, "DescribeAccessEntry"))


def _tag(clients: Clients, action: GrantAccess) -> None:
    """Put our tags on an entry of the operator's or the access role's that has nobody's.

    What is done to an entry is judged by the tags of the entry (service authorization reference of
    EKS: the resource of AssociateAccessPolicy is the access-entry), and ours may be demanded.
    """
    told = clients.eks.describe_access_entry(
        clusterName=action.cluster, principalArn=action.principal_arn
    )["accessEntry"]
    if TAG_UID not in (told.get("tags") or {}):
        clients.eks.tag_resource(resourceArn=told["accessEntryArn"], tags=dict(action.tags))


@contextmanager
def _refusals(action: GrantAccess, what: str, refused: list[str]) -> Iterator[None]:
    """Collect what EKS refuses of an entry that the spec names; all else is raised as it is."""
    try:
        yield
    except ClientError as error:
        trouble = translate(error)
        # A role that was made just now is refused with the words for one that does not exist.
        if not action.of_spec or trouble.kind not in (Kind.REFUSED, Kind.NOT_YET):
            raise
        refused.append(f"EKS refuses {action.principal_arn}{what}: {trouble.message}")


def _raise(refused: list[str]) -> None:
    if refused:
        told = f"spec.access.entries: {'; '.join(refused)}"
        raise AwsError(Trouble(Kind.REFUSED, "AccessEntryRefused", told, "CreateAccessEntry"))


def _arn(policy: str, principal_arn: str) -> str:
    partition = principal_arn.split(":")[1]
    return f"arn:{partition}:eks::aws:cluster-access-policy/{policy}"

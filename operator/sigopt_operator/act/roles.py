"""The roles of a cluster, mended by IAM itself.

CloudFormation made them, but an update with the same template changes nothing ("No updates are to
be performed"), whatever was done to them meanwhile.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code
from sigopt_operator.plan.actions import MendRole


def mend_role(clients: Clients, action: MendRole) -> None:
    """Attach what it lacks and write what differs; each call may be repeated.

    A role that was to be made and is there is for the next look to judge: it may be that of a call
    whose answer was lost, or somebody else's.
    """
    if action.create and action.trust is not None and not _made(clients, action, action.trust):
        return
    for arn in action.attach:
        clients.iam.attach_role_policy(RoleName=action.name, PolicyArn=arn)
    for name, document in action.inline.items():
        clients.iam.put_role_policy(RoleName=action.name, PolicyName=name, PolicyDocument=document)
    if action.trust is not None and not action.create:
        clients.iam.update_assume_role_policy(RoleName=action.name, PolicyDocument=action.trust)


def _made(clients: Clients, action: MendRole, trust: str) -> bool:
    try:
        clients.iam.create_role(
            RoleName=action.name,
            AssumeRolePolicyDocument=trust,
            Tags=[{"Key": key, "Value": value} for key, value in action.tags.items()],
        )
    except ClientError as error:
        if is_code(error, "EntityAlreadyExists"):
            return False
        raise
    return True

"""CloudFormation: the network and the roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sigopt_operator.act.repeated import gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of
from sigopt_operator.aws.template import render
from sigopt_operator.plan.access.trust import lasting
from sigopt_operator.plan.actions import CreateStack, DeleteStack, UpdateStack
from sigopt_operator.plan.network.design import NetworkDesign, access_role

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import TagTypeDef

FIRST_TRIES = 20
"""CloudFormation remembers the tokens of deleted stacks: the next attempt has another."""


def create_stack(clients: Clients, action: CreateStack) -> None:
    """Begin the stack; one that is there already is for the next look to judge.

    DisableRollback, because a failed part can then be mended in place by an update.
    """
    for attempt in range(FIRST_TRIES):
        try:
            clients.cloudformation.create_stack(
                StackName=action.name,
                TemplateBody=render(action.design),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                DisableRollback=True,
                Tags=_tags(action.tags),
                ClientRequestToken=f"{action.token}-{attempt}",
            )
        except ClientError as error:
            if is_code(error, "TokenAlreadyExistsException"):
                continue
            if not is_code(error, "AlreadyExistsException"):
                raise
        return


def update_stack(clients: Clients, action: UpdateStack) -> None:
    """Begin the update; nothing to update is success, and so is one that was asked for already.

    The access role keeps the trust that it has now: CloudFormation gives the stack's tags to every
    role, and nobody promises that it then leaves a trust alone that is not the template's.
    """
    trust = _present_trust(clients, action.design)
    try:
        clients.cloudformation.update_stack(
            StackName=action.name,
            TemplateBody=render(action.design, trust),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            DisableRollback=True,
            Tags=_tags(action.tags),
            ClientRequestToken=action.token,
        )
    except ClientError as error:
        if is_code(error, "TokenAlreadyExistsException"):
            return
        if "No updates are to be performed" not in message_of(error):
            raise


def _present_trust(clients: Clients, design: NetworkDesign) -> Mapping[str, Any] | None:
    """None where there is no role, or nobody whom IAM would still take for a principal."""
    with gone_is_fine("NoSuchEntity"):
        told = clients.iam.get_role(RoleName=access_role(design.cluster_name))["Role"]
        return lasting(told.get("AssumeRolePolicyDocument"))
    return None


def delete_stack(clients: Clients, action: DeleteStack) -> None:
    """Begin the deletion of exactly this stack: by its id, not its name."""
    clients.cloudformation.delete_stack(StackName=action.id, ClientRequestToken=action.token)


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]

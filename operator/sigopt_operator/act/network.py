"""CloudFormation: the network and the roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of
from sigopt_operator.aws.template import parameters, render
from sigopt_operator.plan.actions import CreateStack, DeleteStack, UpdateStack
from sigopt_operator.plan.design import NetworkDesign

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import ParameterTypeDef, TagTypeDef

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
                Parameters=_parameters(action.design),
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
    """Begin the update; nothing to update is success."""
    try:
        clients.cloudformation.update_stack(
            StackName=action.name,
            TemplateBody=render(action.design),
            Parameters=_parameters(action.design),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            DisableRollback=True,
            Tags=_tags(action.tags),
            ClientRequestToken=action.token,
        )
    except ClientError as error:
        if "No updates are to be performed" not in message_of(error):
            raise


def delete_stack(clients: Clients, action: DeleteStack) -> None:
    """Begin the deletion of exactly this stack: by its id, not its name."""
    clients.cloudformation.delete_stack(StackName=action.id, ClientRequestToken=action.token)


def _parameters(design: NetworkDesign) -> list[ParameterTypeDef]:
    return [
        {"ParameterKey": key, "ParameterValue": value} for key, value in parameters(design).items()
    ]


def _tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]

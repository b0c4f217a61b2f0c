"""The CloudFormation stack."""

from __future__ import annotations

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code, message_of, translated
from sigopt_operator.plan.snapshot import Stack, StackResource


def read_stack(clients: Clients, name: str) -> Stack | None:
    """The stack with its resources; None only where CloudFormation says that there is none."""
    with translated():
        try:
            told = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            # The same code says many things; only this text says that the stack is not there.
            if is_code(error, "ValidationError") and "does not exist" in message_of(error):
                return None
            raise
        return Stack(
            id=told["StackId"],
            name=told["StackName"],
            status=told["StackStatus"],
            since=told.get("DeletionTime") or told.get("LastUpdatedTime") or told["CreationTime"],
            reason=told.get("StackStatusReason", ""),
            tags={tag["Key"]: tag["Value"] for tag in told.get("Tags", [])},
            resources=_resources(clients, name),
        )


def _resources(clients: Clients, name: str) -> dict[str, StackResource]:
    try:
        answer = clients.cloudformation.describe_stack_resources(StackName=name)
    except ClientError as error:
        if is_code(error, "ValidationError") and "does not exist" in message_of(error):
            return {}
        raise
    return {
        r["LogicalResourceId"]: StackResource(
            logical_id=r["LogicalResourceId"],
            physical_id=r.get("PhysicalResourceId", ""),
            status=r["ResourceStatus"],
            reason=r.get("ResourceStatusReason", ""),
            updated_at=r["Timestamp"],
        )
        for r in answer["StackResources"]
    }

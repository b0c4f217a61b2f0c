"""What CloudFormation answers at once: refusals by state, with the texts that users observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation as cfn
from ministack.services.cloudformation import handlers

from sigopt_sandbox.aws import switches
from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.cloudformation import record, rights
from sigopt_sandbox.aws.operations import Call, own

_TOKENS: dict[tuple[str, str, str], dict[str, str]] = {}
"""Tokens of CreateStack by account, region and stack name, with the stack id each one made.
They stay remembered after the stack is gone (banzaicloud/pipeline#3016: observed by users)."""

_STABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


def install() -> None:
    """Put these in front of ministack's handlers."""
    own("cloudformation", "CreateStack", create_stack)
    own("cloudformation", "UpdateStack", update_stack)
    own("cloudformation", "DeleteStack", delete_stack)
    own("cloudformation", "DescribeStacks", describe_stacks)
    own("cloudformation", "DescribeStackResource", describe_stack_resource)
    own("cloudformation", "DescribeStackEvents", describe_stack_events)
    for action in ("ExecuteChangeSet", "RollbackStack", "ContinueUpdateRollback"):
        own("cloudformation", action, _as_caller)


def _refuse(message: str, code: str = "ValidationError") -> AwsError:
    return AwsError(code, message)


def _as_caller(call: Call) -> Mapping[str, Any]:
    """Run an operation with its caller's rights, or those of the RoleARN that it names."""
    rights.ACTOR.set(rights.actor(call.access_key, call.params.get("RoleARN")))
    return call.forward()


def create_stack(call: Call) -> Mapping[str, Any]:
    """CreateStack: a name is taken in every state but DELETE_COMPLETE, a token for ever."""
    name, token = call.params.get("StackName", ""), call.params.get("ClientRequestToken", "")
    known = _TOKENS.setdefault((get_account_id(), get_region(), name), {})
    existing = cfn._stacks.get(name)
    if existing and existing["StackStatus"] != "DELETE_COMPLETE":
        same = token and known.get(token) == existing["StackId"]
        if same and switches.get("cloudformation.repeated_token_answers_again"):
            return {"StackId": existing["StackId"]}
        raise _refuse(f"Stack [{name}] already exists", "AlreadyExistsException")
    if token and token in known:
        raise _refuse(
            f"The client request token {token} has already been used for this stack. "
            "Retry the request with a different client request token",
            "TokenAlreadyExistsException",
        )
    if existing:  # a deleted namesake stays readable by its id
        cfn._stacks[existing["StackId"]] = existing
    answer = _as_caller(call)
    if token:
        known[token] = answer["StackId"]
    cfn._stacks[name]["_on_failure"] = call.params.get("OnFailure", "")
    return answer


def update_stack(call: Call) -> Mapping[str, Any]:
    """UpdateStack: from stable states, and from failed ones with DisableRollback on both sides."""
    stack = handlers._resolve_stack(call.params.get("StackName", ""))
    by_name = call.params.get("StackName") == (stack or {}).get("StackName")
    if stack is None or (by_name and stack["StackStatus"] == "DELETE_COMPLETE"):
        return _as_caller(call)
    status = stack["StackStatus"]
    if status in _STABLE:
        return _as_caller(call)
    if status not in ("CREATE_FAILED", "UPDATE_FAILED"):
        raise _refuse(f"Stack:{stack['StackId']} is in {status} state and can not be updated.")
    if stack.get("_on_failure") == "DO_NOTHING":
        raise _refuse(
            f"This stack cannot be updated from [{status}] state because it contains "
            "[on-failure: DO_NOTHING]. Please use disable-rollback option instead during "
            "stack creation."
        )
    if not call.params.get("DisableRollback"):
        raise _refuse(
            f"This stack is currently in a non-terminal [{status}] state. To update the stack "
            "from this state, please use the disable-rollback parameter with update-stack API. "
            "To rollback to the last known good state, use the rollback-stack API"
        )
    return _mend(call, stack, status)


def _mend(call: Call, stack: record.Record, status: str) -> Mapping[str, Any]:
    """Update a failed stack: ministack takes it for a complete one with what is there in full."""
    template, there = stack.get("_template") or {}, record.complete(stack)
    defined = {k: v for k, v in template.get("Resources", {}).items() if k in there}
    stack["StackStatus"] = "CREATE_COMPLETE"
    stack["_template"] = {**template, "Resources": defined, "Outputs": {}}
    try:
        return _as_caller(call)
    except AwsError:
        stack["StackStatus"], stack["_template"] = status, template
        raise


def delete_stack(call: Call) -> Mapping[str, Any]:
    """DeleteStack: silent about unknown names, refused under protection and amid an update."""
    given = call.params.get("StackName", "")
    stack = handlers._resolve_stack(given)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return {}
    name = stack["StackName"]
    if stack.get("EnableTerminationProtection"):
        raise _refuse(f"Stack [{name}] cannot be deleted while TerminationProtection is enabled")
    status = stack["StackStatus"]
    if status == "DELETE_IN_PROGRESS":
        return {}
    # clickstream-analytics-on-aws#573; amid the cleanup, aws-amplify/amplify-backend#2366.
    if status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
        raise _refuse(f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")
    gone = set(call.params.get("RetainResources", [])) - set(stack["_resources"])
    if status == "DELETE_FAILED" and gone:
        raise _refuse(
            "The specified resources to retain must be in a valid state. Do not specify "
            "resources that are in the DELETE_COMPLETE state."
        )
    answer = _as_caller(call)
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    return answer


def describe_stacks(call: Call) -> Mapping[str, Any]:
    """DescribeStacks: outputs only when complete; a deleted stack has lost its protection key."""
    answer = call.forward()
    for stack in answer["Stacks"]:
        if stack["StackStatus"] == "DELETE_COMPLETE":
            stack.pop("EnableTerminationProtection", None)
        for name in ("StackStatusReason", "Description", "Outputs"):
            if not stack.get(name):
                stack.pop(name, None)
    return answer


def describe_stack_resource(call: Call) -> Mapping[str, Any]:
    """DescribeStackResource, with CloudFormation's text for an unknown resource."""
    stack = handlers._resolve_stack(call.params.get("StackName", ""))
    wanted = call.params.get("LogicalResourceId", "")
    if stack is not None and wanted not in stack["_resources"]:
        raise _refuse(f"Resource {wanted} does not exist for stack {stack['StackName']}")
    return call.forward()


def describe_stack_events(call: Call) -> Mapping[str, Any]:
    """DescribeStackEvents: a deleted stack is known by its id only."""
    name = call.params.get("StackName", "")
    stack = cfn._stacks.get(name)
    if stack and stack["StackStatus"] == "DELETE_COMPLETE" and name == stack["StackName"]:
        raise _refuse(f"Stack [{name}] does not exist")
    return call.forward()

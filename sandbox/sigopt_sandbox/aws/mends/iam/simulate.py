"""SimulatePrincipalPolicy: every action on every resource, with boundaries and context keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.iam.trust import ENTITY
from sigopt_sandbox.aws.operations import Call, own

DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


def install() -> None:
    """Put SimulatePrincipalPolicy in front of ministack's."""
    own("iam", "SimulatePrincipalPolicy", simulate_principal_policy)


def simulate_principal_policy(call: Call) -> Mapping[str, Any]:
    """SimulatePrincipalPolicy of a user or a role."""
    arn = call.params["PolicySourceArn"]
    match = ENTITY.fullmatch(arn)
    if match is None:
        text = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        raise AwsError("InvalidInput", text)
    account, name = match["account"], match["name"].rsplit("/", 1)[-1]
    store = iam._users if match["kind"] == "user" else iam._roles
    if store.get_scoped(account, None, name) is None:
        raise AwsError("NoSuchEntity", f"The entity with ARN {arn} cannot be found.", 404)
    gather = (
        iam_evaluator._gather_user_policies
        if match["kind"] == "user"
        else iam_evaluator._gather_role_policies
    )
    policies = gather(name, account)
    bounds = iam_evaluator._permissions_boundary(store, name, account)
    given = {
        entry["ContextKeyName"].lower(): entry.get("ContextKeyValues", [""])[0]
        for entry in call.params.get("ContextEntries", [])
    }
    results = [
        _result(call, arn, account, action, resource, policies, bounds, given)
        for action in call.params.get("ActionNames", [])
        for resource in call.params.get("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _result(
    call: Call,
    principal: str,
    account: str,
    action: str,
    resource: str,
    policies: Any,
    bounds: Any,
    given: Mapping[str, str],
) -> dict[str, Any]:
    context = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="User" if ":user/" in principal else "AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=call.region,
        service_context=dict(given),
        principal_keys={},
    )
    decision = iam_evaluator.evaluate(context, policies, *bounds).decision
    named = {
        key
        for statements in policies
        for statement in statements
        for block in statement.conditions.values()
        for key in block
    }
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": DECISIONS[decision],
        "MatchedStatements": [],
        "MissingContextValues": sorted(key for key in named if key.lower() not in given),
    }

"""Reading and writing ministack's record of a stack, in one place."""

from __future__ import annotations

import copy
from typing import Any

from ministack.core.responses import now_iso
from ministack.services.cloudformation import engine, stacks

Record = dict[str, Any]


def event(
    stack: Record, logical_id: str, kind: str, status: str, reason: str = "", physical_id: str = ""
) -> None:
    """Add an event to the stack's history."""
    stacks._add_event(
        stack["StackId"], stack["StackName"], logical_id, kind, status, reason, physical_id
    )


def status(stack: Record, value: str, reason: str = "") -> None:
    """Give the stack itself a status, with its event."""
    stack["StackStatus"], stack["StackStatusReason"] = value, reason
    name = stack["StackName"]
    event(stack, name, "AWS::CloudFormation::Stack", value, reason, stack["StackId"])


def resource(stack: Record, logical_id: str, kind: str, value: str, **more: Any) -> Record:
    """Write a resource's state into the stack, keeping what it has."""
    found: Record = stack["_resources"].setdefault(
        logical_id,
        {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": "",
            "Properties": {},
            "Attributes": {},
        },
    )
    found.update(more, ResourceType=kind, ResourceStatus=value, Timestamp=now_iso())
    if "ResourceStatusReason" not in more:
        found.pop("ResourceStatusReason", None)
    return found


def complete(stack: Record) -> set[str]:
    """The resources that are there in full: made, or changed without failing."""
    return {
        name
        for name, found in stack.get("_resources", {}).items()
        if found["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
    }


def there(stack: Record) -> set[str]:
    """The resources that exist: complete, or as they were before a change to them failed."""
    failed = {
        name
        for name, found in stack.get("_resources", {}).items()
        if found["ResourceStatus"] == "UPDATE_FAILED" and found["PhysicalResourceId"]
    }
    return complete(stack) | failed


def active(template: Record, conditions: dict[str, bool]) -> dict[str, Record]:
    """The template's resources whose condition holds."""
    return {
        name: defined
        for name, defined in template.get("Resources", {}).items()
        if not defined.get("Condition") or conditions.get(defined["Condition"], True)
    }


def dependencies(defined: dict[str, Record]) -> dict[str, set[str]]:
    """What each resource needs first: references and DependsOn."""
    names = set(defined)
    return {name: engine._extract_deps(d, names) - {name} for name, d in defined.items()}


def resolve(stack: Record, template: Record, params: Record, conditions: Any, value: Any) -> Any:
    """A value of the template with its intrinsic functions worked out."""
    return engine._resolve_refs(
        copy.deepcopy(value),
        stack["_resources"],
        params,
        conditions,
        template.get("Mappings", {}),
        stack["StackName"],
        stack["StackId"],
    )


def listing(names: set[str] | list[str]) -> str:
    """`[A, B]`, as the texts of CloudFormation list resources."""
    return f"[{', '.join(sorted(names))}]"

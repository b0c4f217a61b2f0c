"""What an update leaves behind is removed after it: replaced and dropped resources."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import stacks

from sigopt_sandbox.aws.mends.cloudformation import durations, record
from sigopt_sandbox.aws.world import World

TRIES = 3
"""An old resource that cannot be deleted is tried so often, then abandoned (observed by users)."""

_KEEPING = ("Retain", "RetainExceptOnCreate")


async def clean_up(
    world: World,
    stack: dict[str, Any],
    wanted: set[str],
    previous: dict[str, Any],
    replaced: list[tuple[Any, ...]],
) -> None:
    """Delete predecessors and resources that the new template no longer has."""
    dropped = [name for name in previous["_resources"] if name not in wanted]
    if not (dropped or replaced):
        return
    record.status(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for name, kind, old_id, new_id, properties, pending in reversed(replaced):
        for delete, arguments, keywords in pending:
            delete(*arguments, **keywords)
        if old_id != new_id:
            await _remove(world, stack, name, kind, old_id, properties)
    defined = (previous.get("_template") or {}).get("Resources", {})
    needs = record.dependencies({name: defined.get(name, {}) for name in dropped})
    while dropped:
        name = next(n for n in dropped if not any(n in needs[o] for o in dropped if o != n))
        dropped.remove(name)
        found = previous["_resources"][name]
        kind, physical_id = found["ResourceType"], found["PhysicalResourceId"]
        stack["_resources"].pop(name, None)
        if defined.get(name, {}).get("DeletionPolicy") in _KEEPING:
            record.event(stack, name, kind, "DELETE_SKIPPED", "", physical_id)
        elif physical_id:
            await _remove(world, stack, name, kind, physical_id, found["Properties"])


async def _remove(
    world: World, stack: dict[str, Any], name: str, kind: str, physical_id: str, properties: Any
) -> None:
    record.event(stack, name, kind, "DELETE_IN_PROGRESS", "", physical_id)
    for _ in range(TRIES):
        await world.clock.sleep(durations.delete(kind))
        try:
            stacks._delete_resource(kind, physical_id, properties, stack["StackName"], name)
        except ValueError as error:
            reason = str(error)
        else:
            record.event(stack, name, kind, "DELETE_COMPLETE", "", physical_id)
            return
    record.event(stack, name, kind, "DELETE_FAILED", reason, physical_id)

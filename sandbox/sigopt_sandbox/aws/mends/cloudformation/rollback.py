"""Rolling back stays ministack's; its deletions and reverts are given AWS's durations here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import stacks

from sigopt_sandbox.aws.mends.cloudformation import durations
from sigopt_sandbox.aws.world import World

waits: Callable[[str], bool] = stacks._runs_on_worker_thread
"""Whether ministack provisions a type on a thread of its own, because it waits for others."""


def install(world: World) -> None:
    """Let every deletion and revert of a rollback take its time, on the event loop."""
    theirs = stacks.run_reentrant

    async def paced(action: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        kind = arguments[0]
        if waits(kind):
            return await theirs(action, *arguments, **keywords)
        deleting = action is stacks._delete_resource
        await world.clock.sleep(durations.delete(kind) if deleting else durations.UPDATE)
        return action(*arguments, **keywords)

    stacks.run_reentrant = paced
    stacks._runs_on_worker_thread = lambda kind: (
        waits(kind) or not kind.startswith(("Custom::", "AWS::CloudFormation::"))
    )

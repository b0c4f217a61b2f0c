"""CloudFormation: asynchronous stacks with AWS's durations, refusals and failures.

ministack keeps the templates, the events and the answers; creating, updating and deleting the
resources of a stack is ours, side by side and at AWS's pace. Stacks with custom resources, nested
stacks or wait conditions, and imports, stay ministack's own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any

from ministack.services import cloudformation as cfn
from ministack.services.cloudformation import changesets, handlers, stacks

from sigopt_sandbox.aws.mends.cloudformation import requests, resources, rollback
from sigopt_sandbox.aws.mends.cloudformation.delete import Deletion
from sigopt_sandbox.aws.mends.cloudformation.deploy import Deployment, Operation
from sigopt_sandbox.aws.world import World

_LOG = logging.getLogger(__name__)
_RUNNING: dict[str, asyncio.Task[Any]] = {}
"""The running operation of each stack, by stack id."""


def install(world: World) -> None:
    """Mend CloudFormation."""
    resources.install()
    rollback.install(world)
    requests.install()
    theirs_deploy, theirs_delete = stacks._deploy_stack_async, stacks._delete_stack_async

    async def deploy(
        stack_name: str,
        stack_id: str,
        template: dict[str, Any],
        param_values: dict[str, Any],
        disable_rollback: bool,
        tags: list[Any],
        is_update: bool = False,
        previous_stack: dict[str, Any] | None = None,
        retain_except_on_create: bool = False,
        imports: dict[str, Any] | None = None,
    ) -> None:
        given = (stack_name, stack_id, template, param_values, disable_rollback, tags)
        if imports or _theirs(template):
            await theirs_deploy(*given, is_update, previous_stack, retain_except_on_create, imports)
            return
        before = (previous_stack or {"_resources": {}}) if is_update else None
        operation = Operation(
            template, param_values, disable_rollback, before, retain_except_on_create
        )
        await Deployment(world, cfn._stacks[stack_name], operation).run()

    async def delete(
        stack_name: str, stack_id: str, retain_resources: Collection[str] = (), force: bool = False
    ) -> None:
        await _stop(stack_id)
        stack = cfn._stacks.get(stack_name)
        if stack is None or stack["StackId"] != stack_id:
            return
        if _theirs(stack.get("_template") or {}):
            await theirs_delete(stack_name, stack_id, retain_resources, force)
        else:
            await Deletion(world, stack, retain_resources, force).run()

    for module in (stacks, handlers, changesets):
        module._deploy_stack_async = deploy
        module._create_stack_task_in_region = _start
    stacks._delete_stack_async = handlers._delete_stack_async = delete


def _theirs(template: dict[str, Any]) -> bool:
    """Whether a template has types whose provisioning waits for others: ministack runs those."""
    types = (r.get("Type", "") for r in template.get("Resources", {}).values())
    return any(rollback.waits(kind) for kind in types)


def _start(coroutine: Coroutine[Any, Any, None], stack: Any, stack_id: str = "") -> None:
    """Run a stack's operation in the stack's own region."""
    key = stack_id or stack["StackId"]
    with stacks._stack_region_context(stack, stack_id):
        task = asyncio.get_running_loop().create_task(coroutine)
    task.add_done_callback(_told)
    deleting = getattr(coroutine, "__name__", "") == "delete"
    if not deleting:
        _RUNNING[key] = task
    else:
        _DELETING[key] = task


_DELETING: dict[str, asyncio.Task[Any]] = {}
"""Running deletions, kept so that they are not collected."""


async def _stop(stack_id: str) -> None:
    """Cancel the operation that a deletion overtakes, and wait until it has stopped."""
    running = _RUNNING.pop(stack_id, None)
    if running is not None and running is not asyncio.current_task() and not running.done():
        running.cancel()
        await asyncio.wait([running])


def _told(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _LOG.error("a stack operation ended with an error", exc_info=task.exception())

"""Creating and updating a stack: resources side by side where they do not need each other."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.services import cloudformation as cfn
from ministack.services.cloudformation import engine, provisioners, stacks

from sigopt_sandbox.aws.mends.cloudformation import durations, properties, record, rights
from sigopt_sandbox.aws.mends.cloudformation.cleanup import clean_up
from sigopt_sandbox.aws.world import World

PROBLEMS = (ValueError, LookupError, TypeError, AttributeError)
"""What ministack's template engine and provisioners raise for a resource that cannot be made."""

CANCELLED = "Resource creation cancelled"


@dataclass(frozen=True)
class Operation:
    """What one CreateStack, UpdateStack or ExecuteChangeSet asks for."""

    template: dict[str, Any]
    params: dict[str, Any]
    disable_rollback: bool
    previous: dict[str, Any] | None
    """The stack before an update; None for a creation."""
    retain_except_on_create: bool

    @property
    def prefix(self) -> str:
        """How the stack's statuses begin."""
        return "CREATE" if self.previous is None else "UPDATE"


@dataclass
class Deployment:
    """One running operation on one stack."""

    world: World
    stack: dict[str, Any]
    operation: Operation
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    """Resources created or changed by this operation, in order."""
    failed: dict[str, str] = field(default_factory=dict)
    """Resources that could not be made, with the reason."""
    failed_update: tuple[Any, ...] | None = None
    replaced: list[tuple[Any, ...]] = field(default_factory=list)
    halting: bool = False

    def __post_init__(self) -> None:
        """Work out what depends on what."""
        operation = self.operation
        self.conditions = engine._evaluate_conditions(operation.template, operation.params)
        self.defined = record.active(operation.template, self.conditions)
        self.graph = record.dependencies(self.defined)

    async def run(self) -> None:
        """Make every resource, then give the stack its final status."""
        self.stack.pop("_failed_operation", None)
        loop = asyncio.get_running_loop()
        for name in engine._topological_sort(self.defined, self.conditions):
            self.tasks[name] = loop.create_task(self._one(name))
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        outputs = None if self.failed else self._outputs()
        if outputs is None:
            await self._end_failed()
        else:
            await self._end_complete(*outputs)

    async def _one(self, name: str) -> None:
        needs = [self.tasks[need] for need in self.graph[name]]
        if needs:
            await asyncio.wait(needs)
        if self.halting or not self.graph[name] <= record.complete(self.stack):
            return
        try:
            await self._provision(name)
        except asyncio.CancelledError:
            self.failed[name] = CANCELLED
            self._fail(name, CANCELLED)
            raise
        except PROBLEMS as error:
            self.failed[name] = str(error)
            self._fail(name, str(error))
            if not self.operation.disable_rollback:
                self._halt(name)

    def _fail(self, name: str, reason: str) -> None:
        kind, found = self._kind(name), self.stack["_resources"].get(name, {})
        status = "UPDATE_FAILED" if self._before(name) else "CREATE_FAILED"
        physical_id = found.get("PhysicalResourceId", "")
        record.event(self.stack, name, kind, status, reason, physical_id)
        record.resource(self.stack, name, kind, status, ResourceStatusReason=reason)

    def _halt(self, failed: str) -> None:
        """Let nothing more begin, and cancel what is under way."""
        self.halting = True
        for name, task in self.tasks.items():
            if name != failed:
                task.cancel()

    async def _provision(self, name: str) -> None:
        kind, wanted = self._kind(name), self._properties(name)
        before = self._before(name)
        if before is not None:
            await self._update(name, kind, before, wanted)
        else:
            await self._create(name, kind, wanted)

    async def _create(self, name: str, kind: str, wanted: dict[str, Any]) -> None:
        self._remove_leftover(name, kind)
        record.event(self.stack, name, kind, "CREATE_IN_PROGRESS")
        record.resource(self.stack, name, kind, "CREATE_IN_PROGRESS", Properties=wanted)
        what = self._what(name)
        failure = self.world.failures.take(what, "CREATE_FAILED")
        await self.world.clock.sleep(durations.EVENT)
        problem = failure.message if failure else properties.problem(name, kind, wanted)
        if problem:
            raise ValueError(problem)
        tagged = self._tagged(name, kind, wanted, self.stack.get("Tags"))
        rights.check(kind, tagged)
        (physical_id, attributes), seed = stacks._provision_keeping_seed(
            kind, name, tagged, self.stack["StackName"]
        )
        self.made.append(name)
        initiated = "Resource creation Initiated"
        record.event(self.stack, name, kind, "CREATE_IN_PROGRESS", initiated, physical_id)
        there = {"PhysicalResourceId": physical_id, "Attributes": attributes, "_name_seed": seed}
        record.resource(self.stack, name, kind, "CREATE_IN_PROGRESS", **there)
        await self.world.clock.pass_by(what, durations.create(kind) - durations.EVENT)
        record.resource(self.stack, name, kind, "CREATE_COMPLETE")
        record.event(self.stack, name, kind, "CREATE_COMPLETE", physical_id=physical_id)

    async def _update(
        self, name: str, kind: str, before: Mapping[str, Any], wanted: dict[str, Any]
    ) -> None:
        old_id, attributes = before["PhysicalResourceId"], before["Attributes"]
        previous = self.operation.previous or {}
        old = self._tagged(name, kind, before["Properties"], previous.get("Tags"))
        new = self._tagged(name, kind, wanted, self.stack.get("Tags"))
        if old == new:
            if name not in record.complete(self.stack):
                record.resource(self.stack, name, kind, "UPDATE_COMPLETE")
            return
        record.event(self.stack, name, kind, "UPDATE_IN_PROGRESS", "", old_id)
        record.resource(self.stack, name, kind, "UPDATE_IN_PROGRESS")
        self.failed_update = (name, kind, old_id, None, None, None)
        failure = self.world.failures.take(self._what(name), "UPDATE_FAILED")
        await self.world.clock.sleep(durations.EVENT)
        problem = failure.message if failure else properties.problem(name, kind, wanted)
        refused = provisioners._custom_named_replacement_error(kind, old, new)
        if problem or refused:
            raise ValueError(problem or refused)
        rights.check(kind, new)
        self.failed_update = (name, kind, old_id, new, old, attributes)
        pending: list[Any] = []
        provisioners._DEFERRED_PREDECESSOR_DELETES.set(pending)  # this task's own context
        (new_id, found), _ = stacks._update_keeping_seed(
            kind, old_id, old, new, self.stack["StackName"], name, attributes
        )
        self.failed_update = None
        self.made.append(name)
        if new_id != old_id or pending:
            self.replaced.append((name, kind, old_id, new_id, before["Properties"], pending))
        await self.world.clock.pass_by(self._what(name), durations.UPDATE - durations.EVENT)
        there = {"PhysicalResourceId": new_id, "Attributes": found, "Properties": wanted}
        record.resource(self.stack, name, kind, "UPDATE_COMPLETE", **there)
        record.event(self.stack, name, kind, "UPDATE_COMPLETE", physical_id=new_id)

    def _remove_leftover(self, name: str, kind: str) -> None:
        """What an earlier, failed attempt left half-made goes before it is made again."""
        found = self.stack["_resources"].pop(name, None)
        if found and found["PhysicalResourceId"]:
            stack_name = self.stack["StackName"]
            wanted = found["Properties"]
            stacks._delete_resource(kind, found["PhysicalResourceId"], wanted, stack_name, name)

    def _before(self, name: str) -> dict[str, Any] | None:
        """The resource as the last operation left it, if it is there."""
        before = self.operation.previous
        if before is None or name not in record.there(before):
            return None
        found: dict[str, Any] = before["_resources"][name]
        return found

    def _kind(self, name: str) -> str:
        return str(self.defined[name].get("Type", ""))

    def _what(self, name: str) -> str:
        return f"stack/{self.stack['StackName']}/{name}"

    def _properties(self, name: str) -> dict[str, Any]:
        raw = self.defined[name].get("Properties", {})
        template, params = self.operation.template, self.operation.params
        found = record.resolve(self.stack, template, params, self.conditions, raw)
        kept = {k: v for k, v in found.items() if v is not engine._NO_VALUE}
        resolved, _ = engine._resolve_dynamic_references(kept, None)
        return dict(resolved)

    def _tagged(self, name: str, kind: str, wanted: Any, tags: Any) -> dict[str, Any]:
        return dict(
            provisioners._with_stack_tags(
                kind, wanted, tags or [], self.stack["StackName"], self.stack["StackId"], name
            )
        )

    def _outputs(self) -> tuple[Any, Any] | None:
        try:
            outputs, exports = stacks._resolve_stack_outputs(
                self.operation.template.get("Outputs", {}),
                self.conditions,
                {k: v for k, v in self.stack["_resources"].items() if k in self.defined},
                self.operation.params,
                self.operation.template.get("Mappings", {}),
                self.stack["StackName"],
                self.stack["StackId"],
            )
        except PROBLEMS as error:
            self.failed[self.stack["StackName"]] = str(error)
            record.status(self.stack, f"{self.operation.prefix}_FAILED", str(error))
            return None
        return outputs, exports

    async def _end_complete(self, outputs: Any, exports: Any) -> None:
        stack, operation = self.stack, self.operation
        stack["_template"], stack["_resolved_params"] = operation.template, operation.params
        cfn._exports.update(exports)
        stack["Outputs"] = outputs
        if operation.previous is not None:
            await clean_up(self.world, stack, set(self.defined), operation.previous, self.replaced)
        record.status(stack, f"{operation.prefix}_COMPLETE")

    async def _end_failed(self) -> None:
        stack, operation = self.stack, self.operation
        verb = "update" if self.failed_update else "create"
        reason = f"The following resource(s) failed to {verb}: {record.listing(set(self.failed))}. "
        previous = operation.previous
        failed_operation = stacks._failed_operation(
            previous is not None,
            previous,
            self.made,
            self.failed_update,
            next(iter(self.failed)),
            [entry[0] for entry in self.replaced],
            False,
            operation.template,
            operation.params,
            operation.retain_except_on_create,
            stack.get("Tags") or [],
            (previous or {}).get("Tags") or [],
        )
        if operation.disable_rollback:
            stack["_template"], stack["_resolved_params"] = operation.template, operation.params
            stack["_failed_operation"] = copy.copy(failed_operation)
            record.status(stack, f"{operation.prefix}_FAILED", reason)
            return
        for name in [n for n, r in stack["_resources"].items() if not r["PhysicalResourceId"]]:
            del stack["_resources"][name]
        override = reason + "Rollback requested by user."
        await stacks._roll_back_operation(
            stack["StackName"], stack["StackId"], stack, failed_operation, override
        )

"""Deleting a stack: dependents first, the rest side by side, blocked deletions tried for long."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from ministack.services import cloudformation as cfn
from ministack.services.cloudformation import stacks

from sigopt_sandbox.aws.mends.cloudformation import durations, record, rights
from sigopt_sandbox.aws.mends.cloudformation.services import HandlerError
from sigopt_sandbox.aws.world import World

_KEEPING = ("Retain", "RetainExceptOnCreate")
_BLOCKED = ("DependencyViolation", "AuthFailure")


@dataclass
class Deletion:
    """One running deletion of one stack."""

    world: World
    stack: dict[str, Any]
    retain: Collection[str]
    force: bool
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Delete what can be deleted; then DELETE_COMPLETE or DELETE_FAILED."""
        record.status(self.stack, "DELETE_IN_PROGRESS", "User Initiated")
        there = self.stack["_resources"]
        template = self.stack.get("_template") or {}
        defined = template.get("Resources", {})
        needs = record.dependencies({name: defined.get(name, {}) for name in there})
        kept = set(self.retain)
        if self.force:
            kept |= self._with_needs(needs)
        loop = asyncio.get_running_loop()
        for name in sorted(there, key=lambda n: _depth(n, needs), reverse=True):
            users = [other for other in there if name in needs[other]]
            self.tasks[name] = loop.create_task(self._one(name, users, name in kept))
        await asyncio.gather(*self.tasks.values())
        self._end()

    def _with_needs(self, needs: dict[str, set[str]]) -> set[str]:
        """What failed to delete before, and everything that it needs, stays when forced."""
        there = self.stack["_resources"]
        kept = {name for name, r in there.items() if r["ResourceStatus"] == "DELETE_FAILED"}
        while more := {need for name in kept for need in needs[name]} - kept:
            kept |= more
        return kept

    async def _one(self, name: str, users: list[str], kept: bool) -> None:
        waited_for = [self.tasks[user] for user in users]
        if waited_for:
            await asyncio.wait(waited_for)
        there = self.stack["_resources"]
        if any(user in there for user in users):
            return  # what uses it is still there: not tried
        found = there[name]
        kind, physical_id = found["ResourceType"], found["PhysicalResourceId"]
        policy = (self.stack.get("_template") or {}).get("Resources", {}).get(name, {})
        if kept or policy.get("DeletionPolicy") in _KEEPING:
            record.event(self.stack, name, kind, "DELETE_SKIPPED", "", physical_id)
            del there[name]
            return
        record.event(self.stack, name, kind, "DELETE_IN_PROGRESS", "", physical_id)
        record.resource(self.stack, name, kind, "DELETE_IN_PROGRESS")
        try:
            await self._remove(name, found)
        except ValueError as error:
            self._fail(name, kind, physical_id, str(error))
            return
        record.event(self.stack, name, kind, "DELETE_COMPLETE", "", physical_id)
        del there[name]

    async def _remove(self, name: str, found: dict[str, Any]) -> None:
        kind, physical_id = found["ResourceType"], found["PhysicalResourceId"]
        if not physical_id:
            return
        what = f"stack/{self.stack['StackName']}/{name}"
        failure = self.world.failures.take(what, "DELETE_FAILED")
        await self.world.clock.sleep(durations.EVENT)
        if failure:
            raise ValueError(failure.message)
        rights.check(kind, found["Properties"], deleting=physical_id)
        waited = 0.0
        while True:
            try:
                stacks._delete_resource(
                    kind, physical_id, found["Properties"], self.stack["StackName"], name
                )
                break
            except HandlerError as error:
                if error.code not in _BLOCKED or waited >= durations.BLOCKED_DELETE:
                    raise
            await self.world.clock.sleep(durations.TRY_AGAIN)
            waited += durations.TRY_AGAIN
        await self.world.clock.pass_by(what, durations.delete(kind) - durations.EVENT)

    def _fail(self, name: str, kind: str, physical_id: str, reason: str) -> None:
        if self.force:
            record.event(self.stack, name, kind, "DELETE_SKIPPED", reason, physical_id)
            del self.stack["_resources"][name]
            return
        self.failed.append(name)
        record.event(self.stack, name, kind, "DELETE_FAILED", reason, physical_id)
        record.resource(self.stack, name, kind, "DELETE_FAILED", ResourceStatusReason=reason)

    def _end(self) -> None:
        if self.failed:
            listed = record.listing(self.failed)
            reason = f"The following resource(s) failed to delete: {listed}. "
            record.status(self.stack, "DELETE_FAILED", reason)
            return
        for output in self.stack.get("Outputs", []):
            cfn._exports.pop(output.get("ExportName"), None)
        record.status(self.stack, "DELETE_COMPLETE")


def _depth(name: str, needs: dict[str, set[str]]) -> int:
    return 1 + max((_depth(need, needs) for need in needs[name]), default=0)

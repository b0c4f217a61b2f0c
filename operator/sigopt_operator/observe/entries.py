"""Which access entries are looked at: the wished ones, and those that nobody wishes any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime

from sigopt_operator.observe.readings import Readings
from sigopt_operator.observe.readings.recall import aside
from sigopt_operator.plan.access.dead_entries import is_dead
from sigopt_operator.plan.access.entries import cluster_principals, principals
from sigopt_operator.plan.adoption import left_by_namesake
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.tags import edited
from sigopt_operator.plan.wish import Wish

Told = tuple[Future[AccessEntry | None], Future[AccessEntry | None] | None]
"""An entry with its policies, and the same with its tags."""


@dataclass(frozen=True)
class Entries:
    """Reads side by side: begin early, and ask for the result when it is needed."""

    read: Readings
    executor: Executor
    want: Wish
    cluster: str
    own: tuple[Told, ...]
    """Of the operator and of the access role."""
    listed: Future[tuple[str, ...]] | None
    """All principals; None: not asked, because nothing but the two can be ours."""
    known: frozenset[str]
    """Whose entries are not found by a tag."""

    @classmethod
    def begin(cls, read: Readings, executor: Executor, want: Wish, seen: Snapshot) -> Entries:
        """Ask for what is wished always, and for leftovers where there can be any.

        Before the cluster ever stood these are an earlier resource's, or a former identity's.
        Whose the two are matters where all tags are edited, or what is there is taken over.
        """
        name = want.cluster_name
        tagged = edited(want, seen.stack) or want.adopt
        own = tuple(
            (
                aside(executor, read, Readings.access_entry, name, arn),
                aside(executor, read, Readings.tagged_entry, name, arn, want.uid)
                if tagged
                else None,
            )
            for arn in principals(want, seen)
        )
        asks = want.entries or want.leftovers or want.adopt
        listed = aside(executor, read, Readings.entry_principals, name) if asks else None
        return cls(read, executor, want, name, own, listed, cluster_principals(want, seen))

    def result(self) -> tuple[AccessEntry, ...]:
        """The entries that exist, of those that matter."""
        listed = self.listed.result() if self.listed else ()
        others = [arn for arn in listed if arn not in self.known]
        wished = [self._ask(arn) for arn in others if arn in self.want.entries]
        left = tuple(self._left([arn for arn in others if arn not in self.want.entries]))
        found = (_joined(told) for told in (*self.own, *wished))
        return (*(entry for entry in found if entry), *left)

    def dated(
        self, found: tuple[AccessEntry, ...], roles_made_at: Mapping[str, datetime]
    ) -> tuple[AccessEntry, ...]:
        """The same, with when entries of these roles were made, where there are calls to spare.

        One that lets nobody in is looked at anew: somebody may have mended it meanwhile.
        """
        return tuple(self._dated(entry, roles_made_at.get(entry.principal_arn)) for entry in found)

    def of_role(self, arn: str, role_made_at: datetime | None) -> AccessEntry | None:
        """The entry of a role that was made then, with its own date; None: no call to spare."""
        uid = self.want.uid
        if role_made_at is None or not self.read.may_look_at_tags(arn):
            return None
        tagged = self.read.tagged_entry(self.cluster, arn, uid)
        if tagged is not None and is_dead(tagged, role_made_at):
            tagged = self.read.tagged_entry_anew(self.cluster, arn, uid)
        return tagged

    def _dated(self, entry: AccessEntry, role_made_at: datetime | None) -> AccessEntry:
        return _with(entry, self.of_role(entry.principal_arn, role_made_at))

    def _ask(self, arn: str) -> Told:
        executor, read = self.executor, self.read
        return (
            aside(executor, read, Readings.access_entry, self.cluster, arn),
            aside(executor, read, Readings.tagged_entry, self.cluster, arn, self.want.uid),
        )

    def _left(self, strangers: list[str]) -> Iterator[AccessEntry]:
        """Those of ours, or to become so, that the spec names no more.

        Of a steady cluster not all are looked at in one round.
        """
        asked = [
            aside(
                self.executor,
                self.read,
                Readings.tagged_entry,
                self.cluster,
                arn,
                self.want.uid,
            )
            for arn in strangers
            if not self.want.fulfilled or self.read.may_look_at_tags(arn)
        ]
        for told in asked:
            entry = told.result()
            if entry is not None and self._matters(entry.tags or {}):
                yield entry

    def _matters(self, tags: Mapping[str, str]) -> bool:
        return ours(tags, self.want.uid) or (self.want.adopt and left_by_namesake(tags, self.want))


def _joined(told: Told) -> AccessEntry | None:
    entry, tagged = told[0].result(), told[1].result() if told[1] else None
    return _with(entry, tagged) if entry else None


def _with(entry: AccessEntry, tagged: AccessEntry | None) -> AccessEntry:
    return replace(tagged, policies=entry.policies) if tagged else entry

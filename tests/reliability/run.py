"""One run through a chain of scenarios, with the operator killed and started again on the way."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.reliability.calls import Call, spelled
from tests.reliability.inside import objects_inside, secrets_beside
from tests.reliability.journal import Journal, Note
from tests.reliability.kube import Object
from tests.reliability.normal import (
    Dump,
    Things,
    difference,
    of_aws,
    of_objects,
    of_the_resource,
)
from tests.reliability.scenarios import Scenario, Spec
from tests.reliability.tap import KILLED, Order, When
from tests.reliability.tenant import LONG, NotInTimeError, Sight, Tenant

SLICE = 0.05
ENDS = {**dict.fromkeys(KILLED, -signal.SIGKILL), When.TERMINATED: 0}
"""How an operator ends: an exit status, or minus the number of a signal."""


@dataclass(frozen=True)
class Point:
    """A call of a scenario, and the moment at which the operator is killed."""

    scenario: str
    call: Call
    ordinal: int
    when: When

    def __str__(self) -> str:
        return f"{self.scenario}: {spelled(self.call, self.ordinal)} ({self.when})"

    @property
    def arguments(self) -> str:
        """Of the command line that tries it alone."""
        call = shlex.quote(spelled(self.call, self.ordinal))
        return f"--scenario {self.scenario} --call {call} --when {self.when}"


@dataclass(frozen=True)
class World:
    """What there was at the end of a scenario."""

    aws: Things
    inside: Things
    """In the cluster that was made."""
    beside: Things
    """In the management cluster: the resource, and what the operator wrote beside it."""

    def differs(self, expected: World) -> list[str]:
        """How it is not what was expected."""
        return [
            *difference(expected.aws, self.aws),
            *difference(expected.inside, self.inside),
            *difference(expected.beside, self.beside),
        ]


@dataclass(frozen=True)
class Passed:
    """What is known of one scenario that was gone through."""

    scenario: Scenario
    notes: list[Note]
    sights: list[Sight]
    world: World
    begin: Dump
    """What the account had at its begin."""
    dump: Dump
    """What the account had at its end."""
    leaks: list[dict[str, Any]]
    log: str
    """What the operators wrote meanwhile."""
    met: bool
    """Whether the point was come to."""
    generation: int
    """Of the spec that was applied in it; 0 where none was."""
    held: str = ""
    """Who still held the lease when its holder had ended as it was told to."""


@dataclass
class Run:
    """A tenant that goes through scenarios."""

    tenant: Tenant
    journal: Journal = field(init=False)
    spec: Spec = field(default_factory=dict)
    """That was applied last."""
    _order: Order = field(default_factory=lambda: Order(""))
    _killed: int = 0
    _held: str = ""
    _generation: int = 0
    _dump: Dump = field(default_factory=dict)
    _from: int = 0
    _log_from: int = 0

    def __post_init__(self) -> None:
        self.journal = Journal(self.tenant.wiring.journal)

    def begin(self) -> None:
        """Start the operator."""
        self.tenant.start()
        self.journal.born()

    def go_through(self, scenario: Scenario, point: Point | None = None) -> Passed:
        """Act as the scenario says; with a point, the operator is killed there once.

        Raises NotInTimeError when what is to come does not.
        """
        self._killed, self._generation, self._held = 0, 0, ""
        self._from = len(self.tenant.sights)
        kill = spelled(point.call, point.ordinal) if point else ""
        self._give(Order(scenario.name, kill, point.when if point else When.BEFORE))
        scenario.act(self)
        self._settle()
        self._revive_late()
        met = point is None or self._killed > 0 or self._kill_late(point)
        return self._passed(scenario, met)

    def apply(self, spec: Spec) -> int:
        """As `kubectl apply`."""
        self.spec = spec
        self._generation = self.tenant.apply(spec)
        return self._generation

    def delete(self) -> None:
        """As `kubectl delete`."""
        self.tenant.delete()

    def rotate(self, user: str) -> None:
        """Put that user's key into the Secret."""
        self.tenant.keep_secret(self.tenant.keys[user])

    def until(self, so: Callable[[Sight], bool], what: str) -> None:
        """Wait for a sight of the resource, in this scenario, for which it is so."""
        seen = self._from

        def so_by_now() -> bool:
            nonlocal seen
            fresh = self.tenant.sights[seen:]
            seen += len(fresh)
            return any(map(so, fresh))

        self._wait(so_by_now, what)

    def until_ready(self) -> None:
        """Wait until it is Ready for the spec that was applied last."""
        wanted = self._generation
        self.until(
            lambda sight: sight.ready and sight.generation == wanted,
            f"it is Ready for generation {wanted}",
        )

    def hold_after(self, op: str) -> None:
        """Have the operator go no further than that, once it did it in AWS."""
        self._give(replace(self._order, hold=op))

    def let_go_on(self) -> None:
        """Have it go on, if it is held."""
        self._give(replace(self._order, hold=""))

    def until_called(self, op: str) -> None:
        """Wait until the operator did that in AWS."""
        self._wait(lambda: self.journal.called(op), f"{op} is called")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + LONG
        while not condition():
            self._revive()
            if time.monotonic() > deadline:
                raise NotInTimeError(f"not in time: {what}; {self.tenant.told()}")
            self.tenant.wait_for_news(SLICE)
        self._revive()

    def _revive(self) -> None:
        """Start the operator again after it ended as ordered."""
        operator = self.tenant.operator
        if operator is None or operator.alive:
            return
        ordered = self._order.kill and operator.code == ENDS[When(self._order.when)]
        if not ordered or self._killed:
            raise NotInTimeError(f"the operator ended by itself ({operator.code})")
        self._held += self.tenant.lease_holder()
        self._again()

    def _again(self) -> None:
        self._killed += 1
        self._give(Order(self._order.phase, hold=self._order.hold))
        self.begin()

    def _give(self, order: Order) -> None:
        self._order = order
        self.tenant.order(order)

    def _settle(self) -> None:
        """Wait until the round is over in which it came true."""
        gone = bool(self.tenant.sights) and self.tenant.sights[-1].gone
        over = (lambda: self.journal.answered) if gone else (lambda: self.journal.quiet)
        self._wait(over, "the round ends")

    def _revive_late(self) -> None:
        """It may be dying, or be ending as told, when all that is waited for is there already."""
        operator = self.tenant.operator
        dying = any(note.what in ("killed", "terminated") for note in self.journal.read())
        if dying and not self._killed and operator is not None:
            operator.wait()
            self._revive()
            self._settle()

    def _kill_late(self, point: Point) -> bool:
        """Where no status was written any more, the end of the scenario is still before the next.

        Otherwise it never came to the point.
        """
        called = any(
            n.what == "answered" and (n.call, n.ordinal) == (point.call, point.ordinal)
            for n in self.journal.read()
        )
        operator = self.tenant.operator
        if point.when is not When.AFTER or not called or operator is None:
            return False
        operator.kill()
        self._again()
        self._settle()
        return True

    def _passed(self, scenario: Scenario, met: bool) -> Passed:
        tenant = self.tenant
        dump, found = tenant.dump(), tenant.find()
        if scenario.opens:  # or the next one finds what Kubernetes has yet to collect
            self._wait(lambda: not secrets_beside(tenant), "its Secrets are gone")
        world = World(
            aws=of_aws(dump),
            inside=of_objects(objects_inside(tenant, dump)),
            beside={**of_objects(self._beside(found)), **of_the_resource(found)},
        )
        passed = Passed(
            scenario=scenario,
            notes=list(self.journal.read()),
            sights=tenant.sights[self._from :],
            world=world,
            begin=self._dump,
            dump=dump,
            leaks=tenant.leaks() if scenario.ends else [],
            log=self._log(),
            met=met,
            generation=self._generation,
            held=self._held,
        )
        self.journal.turn()
        self._dump = dump
        return passed

    def _beside(self, found: Object | None) -> list[Object]:
        """The Secrets beside it, but for those that Kubernetes collects when it is gone."""
        owner = self.tenant.sights[-1].object["metadata"]["uid"]
        return [
            secret
            for secret in secrets_beside(self.tenant)
            if found
            or owner not in [o["uid"] for o in secret["metadata"].get("ownerReferences", ())]
        ]

    def _log(self) -> str:
        with (self.tenant.directory / "operator.log").open("rb") as log:
            log.seek(self._log_from)
            written = log.read()
        self._log_from += len(written)
        return written.decode(errors="replace")

"""The whole matrix: every call of every scenario, and the operator killed at each."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from tests.reliability.calls import FINALIZERS
from tests.reliability.journal import points
from tests.reliability.judge import Expected, judged
from tests.reliability.kube import KubeError
from tests.reliability.lab import Lab
from tests.reliability.run import Point, Run
from tests.reliability.scenarios import Chain, Scenario
from tests.reliability.tap import KILLED, When
from tests.reliability.tenant import Tenant
from urllib3.exceptions import HTTPError

from sigopt_sandbox.web import AnswerError

TRIES = 3
"""How often a point is tried that was not come to: which rounds see what depends on the moment."""

MOST_TOLD = 8
LONGEST = 400

Say = Callable[[str], None]


@dataclass(frozen=True)
class Tried:
    """What became of one scenario, with a crash in it or after some."""

    chain: str
    scenario: str
    point: Point | None
    faults: tuple[str, ...]
    met: bool = True
    after: tuple[Point, ...] = ()
    """The points at which the operator was killed earlier in that life."""
    through: tuple[str, ...] = ()
    """The scenarios of that life, where some were left out."""

    @property
    def command(self) -> str:
        """What repeats it."""
        point = self.point or (self.after[-1] if self.after else None)
        arguments = point.arguments if point else f"--scenario {self.scenario}"
        through = f" --through {','.join(self.through)}" if self.through else ""
        return f"python -m tests.reliability.crash {arguments}{through}"


def noted(tried: Tried) -> Tried | None:
    """What is told of it; None: nothing.

    A point that was not come to is told of once no life came to it. What is wrong then is always:
    it is of the crashes earlier in that life.
    """
    if tried.met:
        return tried if tried.point or tried.faults else None
    return replace(tried, point=None, met=True) if tried.faults else None


@dataclass
class Matrix:
    """Runs lives side by side until no point is left."""

    lab: Lab
    chains: Sequence[Chain]
    seed: int
    say: Say = lambda _: None
    leased: bool = False
    """Whether operators take a lease: one that is told to end has to give it back."""
    keep: bool = False
    """Whether what a life wrote stays, be it without a fault."""
    expected: dict[tuple[str, str], Expected] = field(default_factory=dict)
    tried: list[Tried] = field(default_factory=list)
    lives: int = 0
    """How many clusters were lived through."""
    _left: dict[tuple[str, str], deque[Point]] = field(default_factory=dict)
    _planned: dict[str, int] = field(default_factory=dict)
    """By chain: how many lives its points take at least."""
    _misses: Counter[Point] = field(default_factory=Counter)
    _halted: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self) -> None:
        """Go through every chain once without a crash: so it ought to be."""
        with ThreadPoolExecutor(len(self.chains)) as pool:
            list(pool.map(self._record, self.chains))

    def plan(
        self,
        most: int | None = None,
        whens: Iterable[When] = KILLED,
        only: str | None = None,
        after: int = 0,
    ) -> int:
        """Take every point, or so many of them, in an order that the seed decides; how many.

        `only` names a scenario; `after` so many in that order, which an earlier plan took.
        """
        every = [
            (chain.name, Point(scenario.name, call, ordinal, when))
            for chain in self.chains
            for scenario in chain.scenarios
            if only in (None, scenario.name)
            for call, ordinal in points(self.expected[chain.name, scenario.name].passed.notes)
            for when in whens
            if not (call.op == FINALIZERS and when is When.TERMINATED)  # kopf's, not a round's
        ]
        random.Random(self.seed).shuffle(every)
        taken = every[after:][:most]
        for chain, point in taken:
            self._left.setdefault((chain, point.scenario), deque()).append(point)
        return len(taken)

    def take(self, chain: str, point: Point) -> None:
        """Take one point."""
        self._left.setdefault((chain, point.scenario), deque()).append(point)

    def run(self, at_once: int) -> None:
        """Live lives until no point is left; interrupted, until those that began have ended."""
        self._planned = {chain.name: self._lives_left(chain) for chain in self.chains}
        with ThreadPoolExecutor(at_once) as pool:
            try:
                list(pool.map(lambda _: self._work(), range(at_once)))
            except BaseException:
                self.halt()
                raise

    def halt(self) -> None:
        """Begin no life any more."""
        self._halted = True

    @property
    def left(self) -> int:
        """How many points were not tried yet."""
        return sum(map(len, self._left.values()))

    def _record(self, chain: Chain) -> None:
        with self.lab.tenant() as tenant:
            before = None
            for scenario, run in _living(tenant, chain):
                passed = run.go_through(scenario)
                expected = Expected(passed, before)
                self.expected[chain.name, scenario.name] = expected
                faults = judged(passed, expected)
                self._note(Tried(chain.name, scenario.name, None, tuple(faults)))
                before = passed

    def _work(self) -> None:
        while chain := self._next_chain():
            self._live(chain)

    def _next_chain(self) -> Chain | None:
        """The one of whose lives the greatest share is left; None when there is nothing to do."""
        with self._lock:
            lives = {chain: self._lives_left(chain) for chain in self.chains}
            if self._halted or not any(lives.values()):
                return None
            return max(lives, key=lambda chain: lives[chain] / max(self._planned[chain.name], 1))

    def _lives_left(self, chain: Chain) -> int:
        return max(len(self._of(chain, scenario)) for scenario in chain.scenarios)

    def _of(self, chain: Chain, scenario: Scenario) -> deque[Point]:
        return self._left.get((chain.name, scenario.name), deque())

    def _live(self, chain: Chain) -> None:
        """One life, with a crash in each scenario that has one left."""
        self.lives += 1
        met: list[Point] = []
        with self.lab.tenant(leased=self.leased) as tenant:
            for scenario, run in _living(tenant, chain, self._wanted):
                point = self._draw(chain, scenario)
                tried = self._try(chain, scenario, run, point, met)
                if point is not None and not tried.met:
                    self._miss(chain, point)
                if tried.faults:
                    self._keep(tenant)
                    return
                met += [point] if point and tried.met else []
        if not self.keep:
            shutil.rmtree(tenant.directory)

    def _wanted(self, chain: Chain, scenario: Scenario) -> bool:
        """Whether this scenario, or one that needs it, still has a point.

        The first and the last one always: without these there is no life.
        """
        later = chain.scenarios[chain.scenarios.index(scenario) :]
        if len(later) in (1, len(chain.scenarios)):
            return True
        with self._lock:
            return any(self._of(chain, each) for each in later[:-1])

    def _draw(self, chain: Chain, scenario: Scenario) -> Point | None:
        with self._lock:
            left = self._of(chain, scenario)
            return left.popleft() if left else None

    def _miss(self, chain: Chain, point: Point) -> None:
        """It was not come to: let another life try, some times."""
        with self._lock:
            self._misses[point] += 1
            if self._misses[point] < TRIES:
                self._left[chain.name, point.scenario].append(point)
                return
        self._note(Tried(chain.name, point.scenario, point, (), met=False))

    def _try(
        self, chain: Chain, scenario: Scenario, run: Run, point: Point | None, met: list[Point]
    ) -> Tried:
        expected = self.expected[chain.name, scenario.name]
        try:
            passed = run.go_through(scenario, point)
        except AssertionError as error:
            faults, came = [f"it did not converge: {error}"], True
        except (KubeError, AnswerError, HTTPError) as error:
            faults, came = [f"the lab itself failed: {error}"], True
        else:
            faults, came = judged(passed, expected), passed.met
        through = () if chain.whole else tuple(each.name for each in chain.scenarios)
        tried = Tried(chain.name, scenario.name, point, tuple(faults), came, tuple(met), through)
        if told := noted(tried):
            self._note(told)
        return tried

    def _note(self, tried: Tried) -> None:
        with self._lock:
            self.tried.append(tried)
            count = len(self.tried)
        if tried.faults:
            self.say(f"FAILED {tried.point or tried.scenario}")
            for fault in tried.faults[:MOST_TOLD]:
                self.say(f"  {fault[:LONGEST]}")
            self.say(f"  {tried.command}")
        elif count % 25 == 0:
            self.say(f"{time.strftime('%H:%M:%S')} {count} tried, {self.left} left")

    def _keep(self, tenant: Tenant) -> None:
        self.say(f"  what it wrote is in {tenant.directory}")


def _living(
    tenant: Tenant,
    chain: Chain,
    wanted: Callable[[Chain, Scenario], bool] = lambda *_: True,
) -> Iterator[tuple[Scenario, Run]]:
    """The scenarios of a chain, in a life in which the operator runs."""
    chain.prepare(tenant)
    run = Run(tenant)
    run.begin()
    opened = False
    for scenario in chain.scenarios:
        if opened or wanted(chain, scenario):
            yield scenario, run
            opened = scenario.opens

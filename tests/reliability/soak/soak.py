"""Many lives side by side, wave after wave, in one sandbox and with one operator, as deployed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from tests.reliability.lab import Lab
from tests.reliability.soak.climates import over_aws, over_kubernetes
from tests.reliability.soak.lives import Life
from tests.reliability.soak.living import EndedError, Lived, Living
from tests.reliability.soak.sample import Sample, Sampler
from tests.reliability.tenant import Tenant

from sigopt_sandbox.ports import LOOPBACK, Ports
from sigopt_sandbox.processes import Child, ProcessError, start, stop, wait_until
from sigopt_sandbox.weather.before import Before, before_api_server
from sigopt_sandbox.weather.sky import EVERYBODY

IDLE = 60.0
AFTERWARDS = 120.0
"""Seconds; what was let go of is looked for once more."""

Say = Callable[[str], None]


@dataclass
class Soak:
    """A lab, an operator in it, and the weather over both."""

    lab: Lab
    operator: Child
    sampler: Sampler
    before: Before
    tenants: list[Tenant]
    say: Say
    lived: list[Lived] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def run(self, lives: Sequence[Life]) -> None:
        """Live them all, as many side by side as there are tenants, and look after each wave.

        Raises ProcessError, with the end of its log, when the operator is not there any more.
        """
        left = list(lives)
        while left and self.tenants:
            self.operator.check()
            wave, left = left[: len(self.tenants)], left[len(self.tenants) :]
            self._wave(wave)

    def _wave(self, wave: Sequence[Life]) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(len(wave)) as pool:
            pairs = list(zip(self.tenants, wave, strict=False))
            lived = list(pool.map(lambda pair: self._live(*pair), pairs))
        self.lived += lived
        for (tenant, _), each in zip(pairs, lived, strict=True):
            if each.spoilt:
                self.tenants.remove(tenant)
        self.operator.check()
        spoilt = any(each.spoilt for each in lived)
        sample = self.sampler.look(len(self.samples) + 1, len(wave), self._when_idle(spoilt))
        self.samples.append(sample)
        self.say(f"{time.monotonic() - began:.0f} s: {sample}")

    def _live(self, tenant: Tenant, life: Life) -> Lived:
        self.lab.sandbox.weather(
            over_aws(life.seed + life.number, self.lab.sandbox.state.speed), tenant.account
        )
        self.before.weather(over_kubernetes(life.seed + life.number), tenant.namespace)
        lived = Living(tenant, life, self._check).live()
        self.say(f"{life.name}: {len(life.steps)} steps in {lived.seconds:.0f} s")
        for fault in lived.faults:
            self.say(f"FAILED {life.name}: {fault[:1500]}")
        return lived

    def settle(self) -> Sample:
        """The operator as it is when nothing is left to do."""
        spoilt = any(each.spoilt for each in self.lived)

        def settled() -> bool:
            told = self.sampler.metrics()
            names = ("queue_later", "queue_length", "rounds_running")
            return spoilt or not any(told[f"sigopt_operator_{name}"] for name in names)

        self._wait(settled, "nothing is left to be looked at", AFTERWARDS)
        return self.sampler.look(len(self.samples) + 1, 1, self.sampler.metrics())

    def met(self) -> Counter[str]:
        """The faults that there were, by whom and of what kind."""
        counts: Counter[str] = Counter()
        for whose, told in (
            ("AWS", self.lab.sandbox.weather_so_far()),
            ("Kubernetes", self.before.so_far()),
        ):
            for kinds in told.values():
                for kind, count in kinds.items():
                    counts[f"{whose}: {kind}"] += count
        return counts

    def _when_idle(self, spoilt: bool) -> Mapping[str, float]:
        """The figures of the moment at which nothing is going on, and nothing is kept for it."""
        gone = () if spoilt else ("resources", "aws_clients")
        names = ("queue_length", "rounds_running", *gone)
        told: Mapping[str, float] = {}

        def idle() -> bool:
            nonlocal told
            told = self.sampler.metrics()
            return not any(told[f"sigopt_operator_{name}"] for name in names)

        self._wait(idle, "the operator is idle", IDLE)
        return told

    def _wait(self, condition: Callable[[], bool], what: str, within: float) -> None:
        """Until it is so; what is not in time shows in the next sample."""
        deadline = time.monotonic() + within
        while not condition():
            self._check()
            if time.monotonic() > deadline:
                self.say(f"not in {within:.0f} s: {what}")
                return
            time.sleep(0.2)

    def _check(self) -> None:
        try:
            self.operator.check()
        except ProcessError as error:
            raise EndedError(str(error)) from error


@contextmanager
def soaking(lab: Lab, at_once: int, seed: int, say: Say) -> Iterator[Soak]:
    """An operator under the weather, and so many tenants; all ends with the block."""
    with ExitStack() as stack:
        before = stack.enter_context(before_api_server(lab.kubeconfig, lab.directory / "weather"))
        tenants = [stack.enter_context(lab.tenant()) for _ in range(at_once)]
        before.weather(over_kubernetes(seed), EVERYBODY)
        ports = stack.enter_context(closing(Ports()))
        operator, port = _start(lab, before, ports.take())
        stack.callback(lambda: stop([operator]))
        url = f"http://{LOOPBACK}:{port}/metrics"
        yield Soak(lab, operator, Sampler(operator.pid, operator.log, url), before, tenants, say)


def _start(lab: Lab, before: Before, port: int) -> tuple[Child, int]:
    """As deployed, but for the addresses."""
    installed = lab.installed
    kubeconfig = before.kubeconfig(lab.kubeconfig, lab.directory / "kubeconfig")
    argv = (*installed.argv, "--probe-port", str(port))
    env = installed.env | {"KUBECONFIG": str(kubeconfig)}
    child = start("operator", argv, log=lab.directory / "operator.log", env=env)
    wait_until(lambda: "watching " in child.log.read_text(), what="it watches", children=[child])
    return child, port

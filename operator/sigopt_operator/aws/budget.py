"""A bounded rate of calls: one budget for each AWS account and region, whoever spends it.

botocore's own `adaptive` retry mode does not serve here. Its limiter is one client's, and there are
nine for each login; it lets everything through until the first throttling answer; and it waits for
as long as it takes, which would hold a worker. So a token bucket of our own stands before every
request that is sent, botocore's retries included: it never admits more than its rate, halves that
when AWS throttles, recovers slowly, and turns away what would wait for long, as an error that is
retried with growing delays.

Times are AWS's: in a rehearsal whose AWS goes faster, the clock that is given does too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.aws.meter import Meter, Unmetered, how_answered
from sigopt_operator.plan.trouble import Kind, Trouble

RATE: Final = 50.0
"""Calls a second. EC2 admits 5 to 20 a second of each of its calls in the long run, others do not
say. A hundred clusters (EKS's quota) need some 8 when they stand, and 20 while they are made."""
BURST: Final = 100.0
"""Calls at once: a new cluster's first round makes two dozen."""
LEAST: Final = 1.0
"""Calls a second, however much AWS throttles: something has to find out that it stopped."""
RECOVERY: Final = 1.0
"""By so many calls a second the rate rises in a second. Where one answer in twenty throttles at
random, as in rehearsals, that makes some 6 calls a second; where all do, one or two."""
HALVED_EVERY: Final = 1.0
"""Seconds: the answers to one burst are one sign, not many."""
LONGEST_WAIT: Final = 2.0
"""Seconds that a call waits for its turn; one that would wait longer is turned away."""


class Clock(Protocol):
    """Seconds of AWS's time."""

    def now(self) -> float:
        """Seconds since whenever; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        ...


@dataclass(frozen=True)
class Time:
    """The machine's clock, so many times faster as AWS's time passes."""

    speed: float = 1.0

    def now(self) -> float:
        """See `Clock.now`."""
        return time.monotonic() * self.speed

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        time.sleep(seconds / self.speed)


class Bucket:
    """The budget of one account and region; safe to use from many threads."""

    def __init__(self, clock: Clock, rate: float = RATE, burst: float = BURST) -> None:
        """`rate` is the highest that it ever admits, in calls a second."""
        self._clock = clock
        self._most = rate
        self._burst = burst
        self._lock = threading.Lock()
        self._rate = rate
        self._tokens = burst
        self._at = clock.now()
        self._halved_at: float | None = None

    @property
    def rate(self) -> float:
        """Calls a second that it admits now."""
        with self._lock:
            self._refill()
            return self._rate

    def take(self) -> bool:
        """Wait for this call's turn; False, at once, where that would take too long.

        A turn is reserved in the order of asking, so nobody waits for ever.
        """
        with self._lock:
            self._refill()
            wait = max(0.0, (1 - self._tokens) / self._rate)
            if wait > LONGEST_WAIT:
                return False
            self._tokens -= 1
        if wait:
            self._clock.sleep(wait)
        return True

    def throttled(self) -> None:
        """AWS throttles: half the rate, and no burst until it recovers."""
        with self._lock:
            self._refill()
            if self._halved_at is not None and self._at - self._halved_at < HALVED_EVERY:
                return
            self._halved_at = self._at
            self._rate = max(LEAST, self._rate / 2)
            self._tokens = min(self._tokens, self._rate)

    def _refill(self) -> None:
        now = self._clock.now()
        passed, self._at = max(0.0, now - self._at), now
        self._rate = min(self._most, self._rate + RECOVERY * passed)
        whole = self._rate >= self._most
        self._tokens = min(self._burst if whole else self._rate, self._tokens + self._rate * passed)


@dataclass
class Budgets:
    """The buckets of all accounts and regions."""

    clock: Clock
    rate: float = RATE
    meter: Meter = field(default_factory=Unmetered)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def of(self, account: str, region: str) -> Bucket:
        """The one bucket of that account and region."""
        with self._lock:
            return self._known.setdefault((account, region), self.another())

    def another(self) -> Bucket:
        """A bucket for who has not said yet of which account it is."""
        return Bucket(self.clock, self.rate)


class Spender:
    """Makes every request of one set of clients spend its account's budget.

    Credentials do not tell their account. Until AWS does (in the answer to GetCallerIdentity, which
    is the first thing that anybody asks with them), they have a bucket of their own.
    """

    def __init__(self, budgets: Budgets, region: str, account: str | None = None) -> None:
        """`account` is where calls count, where that is known already."""
        self._budgets = budgets
        self._region = region
        self._bucket = budgets.of(account, region) if account else budgets.another()

    def attach(self, events: Any) -> None:
        """Hook into a session, before clients are made of it (botocore's event system)."""
        events.register("before-send", self._before_send)
        events.register("response-received", self._received)
        events.register("after-call.sts.GetCallerIdentity", self._identified)

    def _before_send(self, event_name: str, **_: Any) -> None:
        began = self._budgets.clock.now()
        admitted = self._bucket.take()
        self._budgets.meter.waited(self._budgets.clock.now() - began)
        if not admitted:
            self._budgets.meter.put_off()
            told = (
                f"put off: no more than {self._bucket.rate:.0f} calls a second go to this account "
                f"and region now, and others wait already"
            )
            operation = event_name.rpartition(".")[2]
            raise AwsError(Trouble(Kind.RETRY, "CallPutOff", told, operation))

    def _received(
        self,
        event_name: str,
        parsed_response: Mapping[str, Any] | None = None,
        exception: Exception | None = None,
        **_: Any,
    ) -> None:
        if isinstance(exception, AwsError):
            return  # it was put off, and never sent
        how = how_answered(parsed_response)
        service, operation = event_name.split(".")[-2:]
        self._budgets.meter.answered(service, operation, how)
        if how == "throttled":
            self._bucket.throttled()

    def _identified(self, parsed: Mapping[str, Any], **_: Any) -> None:
        account = parsed.get("Account")
        if isinstance(account, str):
            self._bucket = self._budgets.of(account, self._region)

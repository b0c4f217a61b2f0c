"""What all readings have: clients, the memory, the moment, and how long what is read holds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

from sigopt_operator.aws.clients import Clients
from sigopt_operator.observe.memory import Memory
from sigopt_operator.plan.moment import Moment

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R", bound="Recall")
SOON_ENOUGH = 0.7
"""The share of the time for finding a change by hand after which a reading is due again: so that
one whose turn does not come in the next round still comes in time."""
DEEPER = 3
"""How many times rarer is the look at what is dear to read or hardly ever changed by hand."""
A_DAY = timedelta(days=1)
"""For what AWS announces months ahead; an edit of the spec asks again."""


class NotRememberedError(Exception):
    """It would have to be read."""


def aside(
    executor: Executor,
    read: R,
    ask: Callable[Concatenate[R, P], T],
    *args: P.args,
    **named: P.kwargs,
) -> Future[T]:
    """One reading: at once where it is remembered, else beside what else goes on.

    Of a quiet cluster nearly everything is remembered, and a thread costs more than a look.
    """
    told: Future[T] = Future()
    try:
        told.set_result(ask(replace(read, reads=False), *args, **named))
    except NotRememberedError:
        return executor.submit(ask, read, *args, **named)
    return told


def _nothing() -> NoReturn:
    raise NotRememberedError


def always(_value: object) -> bool:
    """Of what is settled whatever it says."""
    return True


@dataclass(frozen=True)
class Recall:
    """Reads one thing at a time, from memory where that is settled; raises AwsError."""

    clients: Clients
    memory: Memory
    moment: Moment
    reads: bool = True
    """False: what is not remembered is NotRememberedError."""

    @property
    def _often(self) -> timedelta:
        """For what somebody may change by hand."""
        return self.moment.drift_within * SOON_ENOUGH

    @property
    def _rarely(self) -> timedelta:
        """For the deeper look."""
        return self.moment.drift_within * DEEPER

    def _spare(self, area: str, what: str, *, cost: int) -> bool:
        """Whether this round has the calls for a part of the deeper look."""
        return self.memory.spare(area, what, cost=cost, fresh_for=self._rarely, moment=self.moment)

    def _recall(
        self,
        area: str,
        what: str,
        read: Callable[[], T],
        settled: Callable[[T], bool],
        *,
        fresh_for: timedelta | Callable[[T], timedelta],
        cost: int = 1,
        passing: Callable[[T], bool] = lambda _: False,
    ) -> T:
        return self.memory.recall(
            area,
            what,
            read if self.reads else _nothing,
            settled=settled,
            fresh_for=fresh_for,
            moment=self.moment,
            cost=cost,
            passing=passing,
        )

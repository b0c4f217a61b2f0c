"""Whether what AWS does not show is not there, or was just made and is not told of yet.

Readings may lag behind what was done (IAM and EC2 user guides, "eventual consistency"). While a
resource is wanted that only costs a round: to make again what is there is refused or answered with
what is there. At its end, what is not seen would be left behind, or lose its network while it
stands; so there absence is believed only once it cannot be that.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Final

from sigopt_operator.plan.moment import Moment

SHOWN_WITHIN: Final = timedelta(minutes=10)
"""Of AWS's time: what this process asked for and never saw. Longer than any lag that was seen."""
LEAVING: Final = ("DELETING", "DELETE_IN_PROGRESS")
STACK: Final = "stack"
CLUSTER: Final = "cluster"
UNKNOWN_FOR: Final = timedelta(seconds=30)
"""Of AWS's time: what another process may have asked for just before it ended; and what was seen,
when the next reading, of another replica, may be an older one."""


SHOWS_CHANGE_WITHIN: Final = timedelta(minutes=1)
"""Of AWS's time: for what EKS updates to be in status UPDATING ("right after the call
DescribeCluster may still say ACTIVE")."""


class Doubts:
    """About one resource; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[str, tuple[datetime, timedelta] | None] = {}
        """None: AWS takes it away, so that its absence is its end."""
        self._moved: dict[str, datetime] = {}

    def asked(self, what: str, moment: Moment) -> None:
        """AWS was asked to make it, and may have begun to, whatever became of the answer."""
        with self._lock:
            self._since[what] = moment.now, SHOWN_WITHIN

    def shown(self, what: str, status: str, moment: Moment) -> None:
        """AWS shows it, in this status."""
        with self._lock:
            self._since[what] = None if status in LEAVING else (moment.now, UNKNOWN_FOR)

    def leaves(self, what: str) -> None:
        """AWS has accepted to take it away."""
        with self._lock:
            self._since[what] = None

    def moved(self, what: str, moment: Moment) -> None:
        """AWS was asked to change it, and may do so before it shows that."""
        with self._lock:
            self._moved[what] = moment.now

    def moves(self, what: str, moment: Moment) -> bool:
        """Whether it may be changing although it does not look like it."""
        with self._lock:
            since = self._moved.get(what)
            return since is not None and abs(moment.elapsed(since)) < SHOWS_CHANGE_WITHIN

    def entries(self, moment: Moment) -> frozenset[str]:
        """Principals whose access entries were asked for lately, and were not asked to go since."""
        with self._lock:
            principals = [what for what in self._since if what.startswith("arn:")]
            return frozenset(arn for arn in principals if self._holds(arn, moment))

    def about(self, what: str, moment: Moment) -> bool:
        """Whether it may be there although AWS does not show it."""
        with self._lock:
            self._since.setdefault(what, (moment.now, UNKNOWN_FOR))
            return self._holds(what, moment)

    def _holds(self, what: str, moment: Moment) -> bool:
        since = self._since[what]
        if since is None:
            return False
        at, patience = since
        if moment.now < at:  # the machine's clock was set back: the time is counted from now on
            self._since[what] = moment.now, patience
        return moment.elapsed(at) < patience

"""What a cluster told at its deletion of what it keeps in AWS, for when it answers no more.

Only the cluster knows which volumes are its claims'. One question that fails, once the nodes are
gone, must not be the end of that knowledge: the control plane would go, and the volumes stay.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.workload.left import ClaimedVolume, Workload


class Surveys:
    """About one resource; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._volumes: tuple[ClaimedVolume, ...] = ()
        self._silent_since: datetime | None = None

    def told(self, answer: Workload, moment: Moment) -> Workload:
        """The answer; one that did not come has the volumes of the last, and its beginning."""
        with self._lock:
            if not answer.problem:
                self._volumes, self._silent_since = answer.volumes, None
                return answer
            since = self._silent_since
            # Not later than now: where the clock was set back, its silence is counted from now on.
            self._silent_since = min(since, moment.now) if since else moment.now
            return replace(answer, volumes=self._volumes, silent_since=self._silent_since)

"""Groups that could not grow are left alone for a while, ever longer (pkg/utils/backoff)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigopt_sandbox.clusters.autoscaler.values.settings import Settings


@dataclass(frozen=True)
class Backoff:
    """A group that is left alone."""

    lasts: float
    until: float
    failed_at: float
    code: str
    message: str


@dataclass
class Backoffs:
    """The failures of groups that still count. Times are seconds of AWS's time."""

    settings: Settings
    by_group: dict[str, Backoff] = field(default_factory=dict)

    def failed(self, group: str, now: float, code: str, message: str) -> Backoff:
        """Note that a group could not grow, and for how long it is left alone."""
        before, lasts = self.by_group.get(group), self.settings.first_backoff
        if before and now - before.failed_at < self.settings.backoff_reset:
            lasts = min(before.lasts * 2, self.settings.longest_backoff)
        noted = Backoff(lasts, now + lasts, now, code, message)
        self.by_group[group] = noted
        return noted

    def of(self, group: str, now: float) -> Backoff | None:
        """The failure for which the group is left alone now, if it is."""
        found = self.by_group.get(group)
        return found if found and now < found.until else None

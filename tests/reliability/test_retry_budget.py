"""An AWS that fails is never called more often than the budget says, however many clusters fail."""

from __future__ import annotations

import pytest
from tests.reliability.crowd import FAILURES, crowd
from tests.reliability.lab import Lab

from sigopt_operator.aws.budget import BURST, LONGEST_WAIT

RATE = 10.0
SECONDS = 12.0


@pytest.mark.parametrize("how", FAILURES)
def test_two_hundred_clusters_that_fail_at_once_stay_within_it(lab: Lab, how: str) -> None:
    seen = crowd(lab, FAILURES[how], seconds=SECONDS, rate=RATE)
    assert seen.calls[-1] > 0
    for at, calls in zip(seen.at, seen.calls, strict=True):
        assert calls <= BURST + RATE * (at + LONGEST_WAIT)

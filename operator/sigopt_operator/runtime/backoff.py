"""How long a key that failed waits."""

from datetime import timedelta
from typing import Final

FIRST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(minutes=5)
JITTER: Final = 0.2
"""A share of the delay, in both directions: what failed together must not come back together."""


def delay(failures: int, chance: float) -> timedelta:
    """The delay after that many failures in a row (1 and up); `chance` is uniform in [0, 1).

    Doubles from `FIRST` up to `LONGEST`; the jitter is added after the cap, so that keys at the
    cap spread too.
    """
    doubled = min(LONGEST, FIRST * float(2 ** min(failures - 1, 32)))
    return doubled * (1 - JITTER + 2 * JITTER * chance)

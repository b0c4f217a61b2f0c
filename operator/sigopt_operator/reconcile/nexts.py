"""When a round that came to no plan is followed by the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sigopt_operator.runtime.rounds import Next

LEAST: Final = timedelta(milliseconds=200)
"""Of real time, between two rounds for one resource."""
GONE: Final = Next(after=None, released=True)
SOON: Final = Next(after=timedelta(seconds=1))
SOON_AGAIN: Final = Next(after=LEAST)
"""The resource changed while it was looked at."""
ON_CHANGE: Final = Next(after=None)
WHILE_REFUSED: Final = Next(after=timedelta(minutes=1))
WHILE_UNHELD: Final = Next(after=timedelta(seconds=15))
"""Of real time: whoever lets a finalizer through then watches."""
UNTIL_MENDED: Final = Next(after=timedelta(seconds=5))
"""Of real time: a Secret is mended by a person who then watches."""
UNTIL_TRUSTED: Final = Next(after=timedelta(seconds=15))
"""Of real time: so is a role's trust, and IAM needs some seconds to make it known."""
FAILED: Final = Next(after=None, failed=True)

"""A process that is told to end while a thread hangs that Python would wait for.

`python -m tests.component.stuck`
"""

from __future__ import annotations

import asyncio
import sys
import threading
from datetime import timedelta
from typing import Any, cast
from unittest.mock import patch

from tests.waiting import settled

from sigopt_operator import operate
from sigopt_operator.runtime import process
from sigopt_operator.runtime.process import End
from sigopt_operator.runtime.settings import Settings


async def told_to_end(*_: Any, stop: asyncio.Event) -> End:
    """All that can be ended has: not the thread, which may be looking up a name."""
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    stop.set()
    await settled()
    return End(0, cut_off=False)


def nothing(*_: Any, **__: Any) -> Any:
    """What is not needed here."""


if __name__ == "__main__":
    with (
        patch.object(process, "run", told_to_end),
        patch.object(operate, "configuration", nothing),
        patch.object(operate, "KubernetesManagementApi", nothing),
        patch.object(operate, "LIMIT", timedelta(seconds=0.5)),
    ):
        sys.exit(operate.operate(Settings(standalone=True), cast(operate.Build, nothing)))

"""`sigopt-operator run`: everything put together."""

import asyncio
import faulthandler
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from prometheus_client import disable_created_metrics

from sigopt_operator.handlers.watch import watch
from sigopt_operator.runtime import dumps, process
from sigopt_operator.runtime import logging as logs
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.counted import CountedApi
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.kube import KubernetesManagementApi, ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.rounds import Rounds
from sigopt_operator.runtime.settings import Settings, unknown_variables

log = logging.getLogger(__name__)

Build = Callable[[Settings, ManagementApi, Metrics], Rounds]

LIMIT: Final = timedelta(seconds=9.5)
"""From being told to end to the end of the process, whatever hangs: a thread that looks up a name
or tidies up can be neither cancelled nor given a time, and Python waits for it."""


def operate(settings: Settings, build: Build) -> int:
    """Run the operator until it is told to stop, and return its exit status (see `process.run`).

    Does not return when threads hang that the interpreter would wait for: the process ends here,
    with exit status 1 and what its threads were at where that is `LIMIT` after it was told to end.
    """
    # Or each series of ours comes with another, of when it began.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    dumps.forbid()
    logs.configure(settings.log_format, settings.log_level)
    for name in unknown_variables():
        log.warning("%s is no setting of this operator and is ignored", name)
    try:
        end = asyncio.run(_run(settings, build))
    except (ManagementApiError, OSError) as error:  # no cluster; no port for the probes
        log.error("%s", error)
        return 1
    if end.cut_off:
        logging.shutdown()
        os._exit(end.code)
    return end.code


async def _run(settings: Settings, build: Build) -> process.End:
    metrics = Metrics()
    found = configuration(settings.kubeconfig)
    api = CountedApi(KubernetesManagementApi(found, reporter=settings.operator_id), metrics)
    look = build(settings, api, metrics)
    stop = asyncio.Event()
    limited = asyncio.create_task(_limit(stop), name="limit")
    try:
        return await process.run(settings, look, watch, metrics, stop=stop)
    finally:
        limited.cancel()


async def _limit(stop: asyncio.Event) -> None:
    """Once it is told to end, have the process ended by a thread that waits for no other."""
    await stop.wait()
    faulthandler.dump_traceback_later(LIMIT.total_seconds(), exit=True)

"""`sigopt-operator run`: everything put together."""

import asyncio
import logging
import os

from sigopt_operator import handlers, reconcile
from sigopt_operator.runtime import logging as logs
from sigopt_operator.runtime import process
from sigopt_operator.runtime.connection import configuration
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_operator.runtime.rounds import Round
from sigopt_operator.runtime.settings import Settings, unknown_variables

log = logging.getLogger(__name__)


def operate(settings: Settings) -> int:
    """Run the operator until it is told to stop, and return its exit status (see `process.run`).

    Does not return when threads hang that the interpreter would wait for: the process ends here.
    """
    logs.configure(settings.log_format, settings.log_level)
    for name in unknown_variables():
        log.warning("%s is no setting of this operator and is ignored", name)
    try:
        look = build(settings)
        end = asyncio.run(process.run(settings, look, handlers.watch))
    except ManagementApiError as error:
        log.error("%s", error)
        return 1
    if end.cut_off:
        logging.shutdown()
        os._exit(end.code)
    return end.code


def build(settings: Settings) -> Round:
    """The round, connected to the management cluster."""
    api = KubernetesManagementApi(configuration(settings.kubeconfig), reporter=settings.operator_id)
    return reconcile.build(settings, api)

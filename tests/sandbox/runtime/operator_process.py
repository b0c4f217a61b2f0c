"""`sigopt-operator run` in a process of its own, with rounds that only look.

`python -m tests.sandbox.runtime.operator_process looks|hangs FLAGS...`
"""

import sys
import threading
from argparse import ArgumentParser

from tests.sandbox.runtime.operators import LookingRound

from sigopt_operator.operate import operate
from sigopt_operator.runtime import settings
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import ManagementApi
from sigopt_operator.runtime.metrics import Metrics
from sigopt_operator.runtime.rounds import Next


class HangingRound(LookingRound):
    """Looks, and never ends."""

    def __call__(self, key: Key) -> Next:
        super().__call__(key)
        threading.Event().wait()
        return Next(after=None)


def hangs(_: settings.Settings, api: ManagementApi, _metrics: Metrics) -> HangingRound:
    return HangingRound(api)


def looks(_: settings.Settings, api: ManagementApi, _metrics: Metrics) -> LookingRound:
    return LookingRound(api)


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("kind", choices=["looks", "hangs"])
    settings.declare(parser)
    flags = parser.parse_args()
    sys.exit(operate(settings.load(flags), looks if flags.kind == "looks" else hangs))

"""The verbs about the operator itself: `run`, and what an administrator gives it."""

import argparse
import sys

from sigopt_operator.aws import policy
from sigopt_operator.cli.verbs import Verb, no_arguments
from sigopt_operator.runtime import settings


def iam_policy(_args: argparse.Namespace) -> int:
    """Print the IAM policy with everything that the operator does in AWS, as JSON."""
    print(policy.text(), end="")
    return 0


def run(args: argparse.Namespace) -> int:
    """Run the operator, until SIGTERM. Every flag is also a variable, SIGOPT_OPERATOR_<FLAG>."""
    try:
        chosen = settings.load(args)
    except settings.InvalidSettingsError as mistakes:
        print(f"sigopt-operator run:\n{mistakes}", file=sys.stderr)
        return 2
    from sigopt_operator import operate, reconcile  # the other verbs need none of their libraries

    return operate.operate(chosen, reconcile.build)


IAM_POLICY = Verb("iam-policy", "print the IAM policy that it needs", no_arguments, iam_policy)
RUN = Verb("run", "run the operator", settings.declare, run)

"""The verbs about the operator itself: `run`, and what an administrator gives it."""

import argparse
import re
import sys

from sigopt_operator.aws import policy
from sigopt_operator.cli.verbs import Verb, object_name
from sigopt_operator.plan.login import SEED_SETTING
from sigopt_operator.plan.login import external_id as external_id_of
from sigopt_operator.runtime import settings


def _iam_policy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--without",
        action="append",
        choices=sorted(policy.FEATURES),
        default=[],
        metavar="FEATURE",
        help=f"leave out what only this feature needs: {', '.join(sorted(policy.FEATURES))}",
    )
    parser.add_argument(
        "--clusters",
        type=_name_pattern,
        default="*",
        metavar="PATTERN",
        help="for clusters of such names alone, such as 'ml-*'; default: all",
    )


def _name_pattern(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z*?][-A-Za-z0-9*?]*", text):
        raise argparse.ArgumentTypeError("letters, digits, '-', and '*' or '?' for any")
    return text


def iam_policy(args: argparse.Namespace) -> int:
    """Print the IAM policy with everything that the operator does in AWS, as JSON."""
    print(policy.text(args.without, args.clusters), end="")
    return 0


def _external_id_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace", type=object_name, metavar="NAMESPACE", help="the resource's")
    parser.add_argument("name", type=object_name, metavar="NAME", help="the SigOptCluster's")


def external_id(args: argparse.Namespace) -> int:
    """Print the external ID with which the operator assumes spec.aws.roleArn of a resource.

    It is derived from the seed of this installation, which the operator's pod has in its
    environment: there need not be such a resource yet.
    """
    try:
        seed = settings.load_secrets().seed
    except settings.InvalidSettingsError as mistakes:
        print(f"sigopt-operator external-id: {mistakes}", file=sys.stderr)
        return 1
    if seed is None:
        told = "is not set: this installation has no external IDs"
        print(f"sigopt-operator external-id: {SEED_SETTING} {told}", file=sys.stderr)
        return 1
    print(external_id_of(seed, args.namespace, args.name))
    return 0


def run(args: argparse.Namespace) -> int:
    """Run the operator, until SIGTERM. Every flag is also a variable, SIGOPT_OPERATOR_<FLAG>."""
    try:
        chosen = settings.load(args)
    except settings.InvalidSettingsError as mistakes:
        print(f"sigopt-operator run:\n{mistakes}", file=sys.stderr)
        return 2
    # The other verbs need none of their libraries.
    from sigopt_operator import operate
    from sigopt_operator.reconcile import assembly

    return operate.operate(chosen, assembly.build)


IAM_POLICY = Verb(
    "iam-policy", "print the IAM policy that it needs", _iam_policy_arguments, iam_policy
)
EXTERNAL_ID = Verb(
    "external-id", "print what a role's trust asks for", _external_id_arguments, external_id
)
RUN = Verb("run", "run the operator", settings.declare, run)

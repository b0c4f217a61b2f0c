"""The verbs that read a file: `convert`, `validate` and `plan`."""

import argparse
import sys
from pathlib import Path

from sigopt_operator.api import cluster_yml, manifest
from sigopt_operator.api.document import Unreadable
from sigopt_operator.cli.verbs import Verb, object_name, refuse, text_of


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="cluster.yml", help="SigOpt's cluster.yml")
    parser.add_argument("--name", type=object_name, help="default: cluster_name in lower case")
    parser.add_argument("--namespace", type=object_name, help="default: kubectl's own")


def convert(args: argparse.Namespace) -> int:
    """Print a cluster.yml as a manifest, and on stderr what is left to do by hand."""
    try:
        conversion = cluster_yml.convert(text_of(args.file), args.name, args.namespace)
    except Unreadable as unreadable:
        return refuse(args.file, unreadable)
    print(conversion.manifest, end="")
    for note in conversion.by_hand:
        print(f"# {note}", file=sys.stderr)
    return 0


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="manifests, as YAML")


def validate(args: argparse.Namespace) -> int:
    """Judge manifests by every rule that needs neither a cluster nor AWS."""
    try:
        names = manifest.validate(text_of(args.file))
    except Unreadable as unreadable:
        return refuse(args.file, unreadable)
    for name in names:
        print(f"{args.file}: SigOptCluster {name} is valid")
    return 0


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--file", type=Path, required=True, metavar="FILE", help="manifests, as YAML"
    )
    parser.add_argument(
        "-n", "--namespace", type=object_name, help="of those that name none; default: kubectl's"
    )
    parser.add_argument("--region", help="of those that name none")
    parser.add_argument("--kubeconfig", type=Path, help="of the management cluster")


def plan(args: argparse.Namespace) -> int:
    """Print what applying manifests would do in AWS, and do nothing.

    Exit status: 0 nothing is to be done, 2 something is, 1 it cannot be done or not be told.
    """
    from sigopt_operator import forecast  # the other verbs need none of its libraries

    try:
        found = manifest.read(text_of(args.file))
    except Unreadable as unreadable:
        return refuse(args.file, unreadable)
    told = forecast.forecast(found, args.namespace, args.region, args.kubeconfig)
    for outlook in told:
        for line in outlook.lines:
            print(line)
        for line in outlook.errors:
            print(line, file=sys.stderr)
    if any(outlook.failed for outlook in told):
        return 1
    return 2 if any(outlook.changes for outlook in told) else 0


CONVERT = Verb("convert", "turn a cluster.yml into a manifest", _convert_arguments, convert)
VALIDATE = Verb("validate", "judge manifests without a cluster", _validate_arguments, validate)
PLAN = Verb("plan", "say what applying manifests would do", _plan_arguments, plan, misuse=1)

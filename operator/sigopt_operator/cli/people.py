"""The verbs for people who use a cluster: `kubeconfig` and `test`."""

import argparse
import sys
from pathlib import Path

from sigopt_operator.cli.verbs import Verb, object_name


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", type=object_name, metavar="NAME", help="of the SigOptCluster")
    parser.add_argument("-n", "--namespace", type=object_name, help="default: as kubectl's")
    parser.add_argument("--kubeconfig", type=Path, help="of the management cluster")


def kubeconfig(args: argparse.Namespace) -> int:
    """Print a kubeconfig for a cluster, which runs the AWS CLI and has no credentials in it.

    It is made from the status of the resource; AWS is not asked. Exit status: 0, or 1 where there
    is no cluster that people can use.
    """
    from sigopt_operator.trial import run  # the other verbs need none of its libraries

    place = run.find(args.namespace, args.name, args.kubeconfig)
    if isinstance(place, run.BrokenLinkError):
        print(f"sigopt-operator kubeconfig: {place.what}\n{place.todo}", file=sys.stderr)
        return int(place.link)
    print(place.way.kubeconfig(), end="")
    return 0


def test(args: argparse.Namespace) -> int:
    """Connect to a cluster as you, by its access role, and say what was seen, or what is broken.

    Exit status: 0 connected; or the link that broke: 1 the resource (it is not there, or has no
    cluster yet), 3 your AWS credentials, 4 the access role, 5 the network, 6 the token, 7 rights in
    the cluster; 2 wrong flags.
    """
    from sigopt_operator.trial import run  # the other verbs need none of its libraries

    found = run.attempt(args.namespace, args.name, args.kubeconfig)
    if isinstance(found, run.BrokenLinkError):
        print(f"broken: {found.link.title}\n  {found.what}\n  {found.todo}", file=sys.stderr)
        return int(found.link)
    for line in found:
        print(line)
    return 0


KUBECONFIG = Verb("kubeconfig", "print a kubeconfig for a cluster", _arguments, kubeconfig)
TEST = Verb("test", "connect to a cluster as you do, or say what is broken", _arguments, test)

"""`sigopt-operator VERB`: a file for each group of verbs, and the table of them."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from sigopt_operator.cli.crd import CRD
from sigopt_operator.cli.manifests import CONVERT, PLAN, VALIDATE
from sigopt_operator.cli.operating import EXTERNAL_ID, IAM_POLICY, RUN
from sigopt_operator.cli.people import KUBECONFIG, TEST
from sigopt_operator.cli.verbs import Verb

VERBS: tuple[Verb, ...] = (
    *(CRD, CONVERT, VALIDATE, PLAN),
    *(KUBECONFIG, TEST),
    *(IAM_POLICY, EXTERNAL_ID, RUN),
)


class _Parser(argparse.ArgumentParser):
    misuse = 2

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(self.misuse, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 refused with reasons, 2 misuse.

    Of `plan` 2 says that there is something to do, so there misuse is 1 too.
    """
    parser = _Parser(prog="sigopt-operator", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.run.__doc__)
        sub.misuse = verb.misuse
        verb.arguments(sub)
        sub.set_defaults(run=verb.run)
    args = parser.parse_args(argv)
    status: int = args.run(args)
    return status

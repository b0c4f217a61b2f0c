"""`sigopt-operator VERB`: one small function a verb, and the table of them."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sigopt_operator.api import cluster_yml, manifest
from sigopt_operator.api import crd as crd_manifest
from sigopt_operator.api.document import Located, Unreadable
from sigopt_operator.api.fields import is_object_name
from sigopt_operator.aws import policy
from sigopt_operator.runtime import settings


@dataclass(frozen=True)
class Verb:
    """One verb of the command line; `run` returns the exit status."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    misuse: int = 2
    """The exit status when it is typed wrongly."""


class _Parser(argparse.ArgumentParser):
    misuse = 2

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(self.misuse, f"{self.prog}: error: {message}\n")


def _crd_arguments(parser: argparse.ArgumentParser) -> None:
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--write", type=Path, metavar="FILE", help="write it there")
    target.add_argument("--check", type=Path, metavar="FILE", help="fail if it differs from FILE")


def crd(args: argparse.Namespace) -> int:
    """Print, write or check the CustomResourceDefinition."""
    text = crd_manifest.text()
    if args.check:
        return _check_crd(args.check, text)
    if args.write:
        args.write.write_text(text)
    else:
        print(text, end="")
    return 0


def _check_crd(path: Path, text: str) -> int:
    found = path.read_text() if path.exists() else ""
    difference = difflib.unified_diff(
        found.splitlines(), text.splitlines(), str(path), "the models", lineterm="", n=1
    )
    lines = list(difference)
    if not lines:
        return 0
    print("\n".join(lines), file=sys.stderr)
    print(
        f"{path} is not what the models say. Write it anew and commit it:\n"
        f"    sigopt-operator crd --write {path}",
        file=sys.stderr,
    )
    return 1


def run(args: argparse.Namespace) -> int:
    """Run the operator, until SIGTERM. Every flag is also a variable, SIGOPT_OPERATOR_<FLAG>."""
    try:
        chosen = settings.load(args)
    except settings.InvalidSettingsError as mistakes:
        print(f"sigopt-operator run:\n{mistakes}", file=sys.stderr)
        return 2
    from sigopt_operator import operate, reconcile  # the other verbs need none of their libraries

    return operate.operate(chosen, reconcile.build)


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="cluster.yml", help="SigOpt's cluster.yml")
    parser.add_argument("--name", type=_object_name, help="default: cluster_name in lower case")
    parser.add_argument("--namespace", type=_object_name, help="default: kubectl's own")


def _object_name(text: str) -> str:
    if not is_object_name(text):
        raise argparse.ArgumentTypeError("lower case letters, digits, '-' and '.' make a name")
    return text


def convert(args: argparse.Namespace) -> int:
    """Print a cluster.yml as a manifest, and on stderr what is left to do by hand."""
    try:
        conversion = cluster_yml.convert(_text(args.file), args.name, args.namespace)
    except Unreadable as unreadable:
        return _refuse(args.file, unreadable)
    print(conversion.manifest, end="")
    for note in conversion.by_hand:
        print(f"# {note}", file=sys.stderr)
    return 0


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="manifests, as YAML")


def validate(args: argparse.Namespace) -> int:
    """Judge manifests by every rule that needs neither a cluster nor AWS."""
    try:
        names = manifest.validate(_text(args.file))
    except Unreadable as unreadable:
        return _refuse(args.file, unreadable)
    for name in names:
        print(f"{args.file}: SigOptCluster {name} is valid")
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable([Located(1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise Unreadable([Located(1, "is no text in UTF-8")]) from None


def _refuse(path: Path, unreadable: Unreadable) -> int:
    for mistake in unreadable.mistakes:
        print(f"{path}:{mistake.line}: {mistake.message}", file=sys.stderr)
    return 1


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """For a verb that takes none."""


def iam_policy(_args: argparse.Namespace) -> int:
    """Print the IAM policy with everything that the operator does in AWS, as JSON."""
    print(policy.text(), end="")
    return 0


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--file", type=Path, required=True, metavar="FILE", help="manifests, as YAML"
    )
    parser.add_argument("-n", "--namespace", type=_object_name, help="of those that name none")
    parser.add_argument("--region", help="of those that name none")
    parser.add_argument("--kubeconfig", type=Path, help="of the management cluster")


def plan(args: argparse.Namespace) -> int:
    """Print what applying manifests would do in AWS, and do nothing.

    Exit status: 0 nothing is to be done, 2 something is, 1 it cannot be done or not be told.
    """
    from sigopt_operator import forecast  # the other verbs need none of its libraries

    try:
        found = manifest.read(_text(args.file))
    except Unreadable as unreadable:
        return _refuse(args.file, unreadable)
    told = forecast.forecast(found, args.namespace, args.region, args.kubeconfig)
    for outlook in told:
        for line in outlook.lines:
            print(line)
        for line in outlook.errors:
            print(line, file=sys.stderr)
    if any(outlook.failed for outlook in told):
        return 1
    return 2 if any(outlook.changes for outlook in told) else 0


VERBS: tuple[Verb, ...] = (
    Verb("crd", "print the CustomResourceDefinition", _crd_arguments, crd),
    Verb("convert", "turn a cluster.yml into a manifest", _convert_arguments, convert),
    Verb("validate", "judge manifests without a cluster", _validate_arguments, validate),
    Verb("iam-policy", "print the IAM policy that it needs", _no_arguments, iam_policy),
    Verb("plan", "say what applying manifests would do", _plan_arguments, plan, misuse=1),
    Verb("run", "run the operator", settings.declare, run),
)


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

"""`sigopt-operator VERB`: one small function a verb, and the table of them."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sigopt_operator.api import crd as crd_manifest


@dataclass(frozen=True)
class Verb:
    """One verb of the command line; `run` returns the exit status."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


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


VERBS: tuple[Verb, ...] = (Verb("crd", "print the CustomResourceDefinition", _crd_arguments, crd),)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 refused with reasons, 2 misuse."""
    parser = argparse.ArgumentParser(prog="sigopt-operator", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.run.__doc__)
        verb.arguments(sub)
        sub.set_defaults(run=verb.run)
    args = parser.parse_args(argv)
    status: int = args.run(args)
    return status

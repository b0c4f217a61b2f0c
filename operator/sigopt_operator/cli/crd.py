"""The verb `crd`."""

import argparse
import difflib
import sys
from pathlib import Path

from sigopt_operator.api import crd as manifest
from sigopt_operator.cli.verbs import Verb


def _arguments(parser: argparse.ArgumentParser) -> None:
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--write", type=Path, metavar="FILE", help="write it there")
    target.add_argument("--check", type=Path, metavar="FILE", help="fail if it differs from FILE")


def crd(args: argparse.Namespace) -> int:
    """Print, write or check the CustomResourceDefinition."""
    text = manifest.text()
    if args.check:
        return _check(args.check, text)
    if args.write:
        args.write.write_text(text)
    else:
        print(text, end="")
    return 0


def _check(path: Path, text: str) -> int:
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


CRD = Verb("crd", "print the CustomResourceDefinition", _arguments, crd)

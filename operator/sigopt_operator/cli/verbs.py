"""What the verbs of the command line share."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sigopt_operator.api.document import Located, Unreadable
from sigopt_operator.api.fields import is_object_name


@dataclass(frozen=True)
class Verb:
    """One verb of the command line; `run` returns the exit status."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    misuse: int = 2
    """The exit status when it is typed wrongly."""


def no_arguments(_parser: argparse.ArgumentParser) -> None:
    """For a verb that takes none."""


def object_name(text: str) -> str:
    """The type of an argument that names an object of Kubernetes."""
    if not is_object_name(text):
        raise argparse.ArgumentTypeError("lower case letters, digits, '-' and '.' make a name")
    return text


def text_of(path: Path) -> str:
    """What is in a file; raises Unreadable with the reason."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable([Located(1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise Unreadable([Located(1, "is no text in UTF-8")]) from None


def refuse(path: Path, unreadable: Unreadable) -> int:
    """Print every mistake with its line; the exit status."""
    for mistake in unreadable.mistakes:
        print(f"{path}:{mistake.line}: {mistake.message}", file=sys.stderr)
    return 1

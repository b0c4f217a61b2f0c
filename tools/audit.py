"""Are there known vulnerabilities in what is locked? Asked of OSV (https://osv.dev).

`python -m tools.audit`. Exit status 1 where there are any; 0 where there are none, and also where
the database cannot be asked, which is said: a missing network tells nothing about the libraries.
With `--tell` it is 0 always, as `make check` has it: what is published today is no commit's fault.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tools.locked import REQUIREMENTS, Pin, pins

DATABASE = "https://api.osv.dev/v1/querybatch"
"""https://google.github.io/osv.dev/post-v1-querybatch/"""
LOCKS = ("operator.txt", "dev.txt", "aws.txt", "build.txt")
AT_ONCE = 500
WITHIN = 10.0
"""Seconds for one answer."""


class DatabaseAwayError(Exception):
    """Nobody answered, or nothing that could be read."""


@dataclass(frozen=True)
class Finding:
    """One vulnerability of one library."""

    pin: Pin
    id: str

    def __str__(self) -> str:
        return f"{self.pin.name} {self.pin.version}: https://osv.dev/vulnerability/{self.id}"


def findings(locked: Sequence[Pin], database: str) -> Iterator[Finding]:
    """What the database knows of these; DatabaseAwayError where it does not answer."""
    for start in range(0, len(locked), AT_ONCE):
        some = locked[start : start + AT_ONCE]
        for pin, told in zip(some, _asked(some, database), strict=True):
            for each in told.get("vulns", ()):
                yield Finding(pin, str(each["id"]))


def _asked(locked: Sequence[Pin], database: str) -> list[dict[str, Any]]:
    queries = [
        {"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version}
        for pin in locked
    ]
    body = json.dumps({"queries": queries}).encode()
    request = Request(database, body, {"Content-Type": "application/json"})  # noqa: S310 - https, or a test's own
    try:
        with urlopen(request, timeout=WITHIN) as answer:  # noqa: S310 - as above
            results: list[dict[str, Any]] = json.loads(answer.read())["results"]
    except (URLError, OSError, ValueError, KeyError) as error:
        raise DatabaseAwayError(f"{database} does not answer: {error}") from error
    return results


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is known, of every lock."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("--database", default=DATABASE, help="an API like OSV's")
    parser.add_argument("--tell", action="store_true", help="tell, and do not fail")
    options = parser.parse_args(argv)
    locked = sorted({pin for name in LOCKS for pin in pins(REQUIREMENTS / name)}, key=str)
    try:
        found = sorted(map(str, findings(locked, options.database)))
    except DatabaseAwayError as away:
        print(f"not audited: {away}", file=sys.stderr)
        return 0
    print("\n".join(found) or f"{len(locked)} libraries, no known vulnerability")
    return 1 if found and not options.tell else 0


if __name__ == "__main__":
    sys.exit(main())

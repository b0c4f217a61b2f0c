"""`python -m sigopt_sandbox.programs`: have all programs, and print where they are, as in PATH."""

from __future__ import annotations

import signal
import sys

from sigopt_sandbox.programs import ProgramsError, find


def main() -> int:
    """Find or build every program; the exit status is 1 with a message if that cannot be done."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = find()
    except ProgramsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was finished is kept\n")
        return 130
    sys.stdout.write(f"{found.search_path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

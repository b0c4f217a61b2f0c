"""`python -m sigopt_sandbox.launcher DIR`: what `sandbox up` runs; see supervisor.py."""

from __future__ import annotations

import argparse
import sys

from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.parts import Wanted
from sigopt_sandbox.launcher.supervisor import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sigopt_sandbox.launcher")
    parser.add_argument("directory")
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--endpoints", required=True)
    given = parser.parse_args()
    sys.exit(main(Wanted(Layout.of(given.directory), given.speed, given.endpoints)))

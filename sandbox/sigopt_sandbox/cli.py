"""The command `sandbox`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sigopt_sandbox.launcher import Sandbox, SandboxError, up
from sigopt_sandbox.launcher.layout import Layout
from sigopt_sandbox.launcher.rules import read_climate, read_rules
from sigopt_sandbox.launcher.sandbox import end
from sigopt_sandbox.launcher.start import ENDPOINTS
from sigopt_sandbox.weather.sky import EVERYBODY
from sigopt_sandbox.web import AnswerError

DIRECTORY = ".sandbox"


def main() -> int:
    """Run the command line; the exit status."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (SandboxError, AnswerError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A real Kubernetes API and an AWS that behaves, on loopback."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        text = (run.__doc__ or "").partition("\n")[0]
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--dir", default=DIRECTORY, help="where it is (default: %(default)s)")
        added.set_defaults(run=run)
        return added

    starting = command("up", _up)
    starting.add_argument(
        "--speed", type=_speed, default=60.0, metavar="N", help="N times AWS's (default: 60)"
    )
    starting.add_argument(
        "--endpoints",
        choices=ENDPOINTS,
        default="real",
        help="what answers for a simulated EKS cluster (default: %(default)s)",
    )
    command("env", _env)
    faults = command("faults", _faults)
    faults.add_argument("rules", metavar="FILE|off", help="microburst's rules, YAML or JSON")
    weather = command("weather", _weather)
    weather.add_argument("climate", metavar="FILE|off", help="a climate, YAML or JSON")
    weather.add_argument("--over", default=EVERYBODY, metavar="ACCOUNT", help="one account alone")
    failing = command("fail", _fail)
    failing.add_argument(
        "what", metavar="WHAT", help="such as cluster/NAME or nodegroup/CLUSTER/NG"
    )
    failing.add_argument("how", metavar="HOW", help="such as CREATE_FAILED:message")
    command("dump", _dump)
    command("leaks", _leaks)
    command("calls", _calls)
    command("down", _down)
    return parser


def _up(options: argparse.Namespace) -> int:
    """Start it, wait until all of it is ready, and leave it running."""
    sandbox = _running(options)
    if sandbox is None:
        sandbox = up(options.dir, options.speed, options.endpoints, _say)
        _say(f"ready in {sandbox.layout.directory}")
    else:
        up(options.dir, options.speed, options.endpoints)
        _say(f"it is running already in {sandbox.layout.directory}")
    _say(f'use it with: eval "$(sandbox env --dir {shlex.quote(options.dir)})"')
    return 0


def _env(options: argparse.Namespace) -> int:
    """Print what to `eval` so that kubectl, the aws CLI and boto3 use it."""
    sandbox = Sandbox.load(options.dir)
    # A developer's own profile or session token would be used beside the sandbox's key.
    print("unset AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in sandbox.env().items():
        if name == "PATH":
            print(f'export PATH={shlex.quote(sandbox.state.programs)}{os.pathsep}"$PATH"')
        else:
            print(f"export {name}={shlex.quote(value)}")
    return 0


def _faults(options: argparse.Namespace) -> int:
    """Put faults between its users and its AWS, or end them."""
    sandbox = Sandbox.load(options.dir)
    rules = [] if options.rules == "off" else read_rules(Path(options.rules))
    sandbox.faults(rules)
    _say(f"{len(rules)} rules in force")
    return 0


def _weather(options: argparse.Namespace) -> int:
    """Let requests to its AWS fail by chance, from a seed, or tell what they met and end that."""
    sandbox = Sandbox.load(options.dir)
    if options.climate == "off":
        sandbox.weather(None, options.over)
        _print(sandbox.weather_so_far())
    else:
        sandbox.weather(read_climate(Path(options.climate)), options.over)
    return 0


def _fail(options: argparse.Namespace) -> int:
    """Let the next transition of something in AWS fail."""
    Sandbox.load(options.dir).fail(options.what, options.how)
    return 0


def _dump(options: argparse.Namespace) -> int:
    """Print everything that exists in its AWS, as JSON."""
    _print(Sandbox.load(options.dir).dump())
    return 0


def _leaks(options: argparse.Namespace) -> int:
    """Print what exists in its AWS beyond the beginning; exit status 1 if anything does."""
    leaks = Sandbox.load(options.dir).leaks()
    _print(leaks)
    return 1 if leaks else 0


def _calls(options: argparse.Namespace) -> int:
    """Print how often each caller called each AWS operation."""
    _print(Sandbox.load(options.dir).calls())
    return 0


def _down(options: argparse.Namespace) -> int:
    """End it; nothing is left running."""
    ended = end(Layout.of(options.dir))
    _say("ended" if ended else "it was not running")
    return 0


def _running(options: argparse.Namespace) -> Sandbox | None:
    return None if Layout.of(options.dir).holder() is None else Sandbox.load(options.dir)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 100_000:
        raise argparse.ArgumentTypeError("a speed is a number from above 0 to 100000")
    return speed


def _print(value: Any) -> None:
    print(json.dumps(value, indent=2, sort_keys=True))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

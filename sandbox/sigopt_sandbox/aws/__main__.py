"""`python -m sigopt_sandbox.aws --port P --speed N --dir DIR [--endpoints real|light|none]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from sigopt_sandbox.aws.clock import Clock
from sigopt_sandbox.aws.failures import Failures
from sigopt_sandbox.aws.world import Settings, World

ENVIRONMENT = {
    "BIND_HOST": "127.0.0.1",
    "AUTH": "true",  # signatures verified, IAM policies enforced
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "MINISTACK_REGION": "us-west-2",
    "MINISTACK_ACCOUNT_ID": "111122223333",
    "LOG_LEVEL": "WARNING",
    "EC2_DOCKER": "0",
}
"""What ministack reads from the environment when it is imported."""


def settings(argv: list[str]) -> Settings:
    """Read the command line; exits with a usage message if it is wrong."""
    parser = argparse.ArgumentParser(prog="sigopt_sandbox.aws")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--endpoints", choices=("real", "light", "none"), default="real")
    given = parser.parse_args(argv)
    return Settings(given.port, given.speed, given.dir, given.endpoints)


def prepare_environment(port: int) -> None:
    """Set what ministack reads; ambient AWS credentials would become a root key of its own."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MINISTACK_")):
            del os.environ[name]
    os.environ.update(ENVIRONMENT, GATEWAY_PORT=str(port))


async def serve(world: World) -> None:
    """Mend ministack, serve on 127.0.0.1 until SIGTERM or SIGINT."""
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    from sigopt_sandbox.aws.install import install
    from sigopt_sandbox.aws.server import application

    install(world)
    config = Config()
    config.bind = [f"127.0.0.1:{world.settings.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.2
    config.loglevel = "WARNING"
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await hypercorn_serve(application, config, shutdown_trigger=stop.wait)


def main() -> None:
    """Run the simulated AWS until it is told to stop."""
    given = settings(sys.argv[1:])
    prepare_environment(given.port)
    failures = Failures()
    world = World(given, Clock(given.speed, failures), failures)
    asyncio.run(serve(world))
    sys.stdout.flush()
    os._exit(0)  # ministack's scheduler threads would hold the interpreter open


if __name__ == "__main__":
    main()

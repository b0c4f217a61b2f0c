"""`python -m sigopt_sandbox.clusters`: run the endpoints of a sandbox's simulated EKS clusters."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sigopt_sandbox import programs
from sigopt_sandbox.clusters.authenticator import Authenticator
from sigopt_sandbox.clusters.directories import ClusterDirectories
from sigopt_sandbox.clusters.light.endpoint import start_light
from sigopt_sandbox.clusters.real.control_plane import Surroundings
from sigopt_sandbox.clusters.real.endpoint import start_real
from sigopt_sandbox.clusters.simulated_aws import SimulatedAws
from sigopt_sandbox.clusters.webhooks import Webhooks
from sigopt_sandbox.clusters.world import StartEndpoint, World
from sigopt_sandbox.ports import Ports

REAL_AT_ONCE = 2
"""Starting an API server keeps a core busy for some seconds."""
LIGHT_AT_ONCE = 20
PROGRAMS = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"})


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line: where the sandbox is, and which kind of endpoints it has."""
    parser = argparse.ArgumentParser(prog="python -m sigopt_sandbox.clusters", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="the sandbox's directory")
    parser.add_argument("--aws", required=True, help="the aws process: http://127.0.0.1:PORT")
    parser.add_argument(
        "--also-host",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="another host that tokens may be signed for: what stands in front of the aws process",
    )
    parser.add_argument("--etcd", default="", help="the shared etcd; needed by real endpoints")
    parser.add_argument("--endpoints", choices=("real", "light"), default="real")
    parser.add_argument(
        "--speed", type=float, default=60.0, help="how many times faster than AWS (default: 60)"
    )
    return parser.parse_args(argv)


async def run(options: argparse.Namespace) -> None:
    """Follow the simulated AWS until SIGTERM or SIGINT, then end every endpoint."""
    connector = aiohttp.TCPConnector(limit=0)  # each real cluster holds two watches
    async with aiohttp.ClientSession(connector=connector) as session:
        aws = SimulatedAws(session, options.aws)
        directories = ClusterDirectories(options.dir.absolute())
        hosts = {urlsplit(options.aws).netloc, *options.also_host}
        authenticator = Authenticator(aws, hosts, directories, lambda: datetime.now(UTC))
        async with _starter(options, session, directories, authenticator, aws) as start:
            at_once = REAL_AT_ONCE if options.endpoints == "real" else LIGHT_AT_ONCE
            await _until_signalled(World(aws, start, at_once))


@asynccontextmanager
async def _starter(
    options: argparse.Namespace,
    session: aiohttp.ClientSession,
    directories: ClusterDirectories,
    authenticator: Authenticator,
    aws: SimulatedAws,
) -> AsyncIterator[StartEndpoint]:
    """How endpoints of the chosen kind are started, with what they need running meanwhile."""
    if options.endpoints == "light":
        yield partial(start_light, directories=directories, authenticator=authenticator)
        return
    runner = web.AppRunner(Webhooks(authenticator).application(), access_log=None)
    await runner.setup()
    ports = Ports()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        shared = Surroundings(
            directories=directories,
            programs=programs.find(PROGRAMS),
            ports=ports,
            session=session,
            etcd_url=options.etcd,
            webhooks_url=f"http://127.0.0.1:{runner.addresses[0][1]}",
            aws=aws,
            aws_url=options.aws,
            speed=options.speed,
        )
        yield partial(start_real, shared=shared)
    finally:
        await runner.cleanup()
        ports.close()


async def _until_signalled(world: World) -> None:
    loop, running = asyncio.get_running_loop(), asyncio.create_task(world.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


def main() -> int:
    """Run until told to end."""
    options = arguments(sys.argv[1:])
    if options.endpoints == "real" and not options.etcd:
        sys.stderr.write("--etcd is needed for real endpoints\n")
        return 2
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())

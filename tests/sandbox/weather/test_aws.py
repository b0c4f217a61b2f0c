"""Weather between boto3 and an AWS that counts what reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sigopt_sandbox.ports import LOOPBACK
from sigopt_sandbox.weather.aws import AwsWeather
from sigopt_sandbox.weather.climate import Climate
from sigopt_sandbox.weather.control import add_routes

ACCOUNT, OTHER = "300000000001", "300000000002"
KEYS = {"AKIAOURS": ACCOUNT, "AKIATHEIRS": OTHER}


class Upstream:
    """An EKS with clusters that have a name and nothing else."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.asked: list[str] = []

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/_sandbox/accounts/{key}", self._whose)
        app.router.add_post("/clusters", self._create)
        app.router.add_get("/clusters", self._list)
        app.router.add_get("/clusters/{name}", self._describe)
        app.router.add_delete("/clusters/{name}", self._delete)
        return app

    async def _whose(self, request: web.Request) -> web.Response:
        return web.json_response({"account": KEYS[request.match_info["key"]]})

    async def _create(self, request: web.Request) -> web.Response:
        self.asked.append("create")
        self.names.append((await request.json())["name"])
        return web.json_response({"cluster": {"name": self.names[-1]}})

    async def _list(self, _: web.Request) -> web.Response:
        self.asked.append("list")
        return web.json_response({"clusters": self.names})

    async def _describe(self, request: web.Request) -> web.Response:
        self.asked.append("describe")
        return web.json_response({"cluster": {"name": request.match_info["name"]}})

    async def _delete(self, request: web.Request) -> web.Response:
        self.asked.append("delete")
        self.names.remove(request.match_info["name"])
        return web.json_response({"cluster": {"name": request.match_info["name"]}})


class World:
    """An upstream, weather before it, and who asks."""

    def __init__(self, upstream: Upstream, weather: AwsWeather, url: str) -> None:
        self.upstream = upstream
        self.weather = weather
        self.url = url

    def put(self, over: str = ACCOUNT, **climate: Any) -> None:
        self.weather.sky.put(over, Climate(**climate))

    async def ask(self, operation: str, key: str = "AKIAOURS", **arguments: Any) -> Any:
        return await asyncio.to_thread(getattr(self._client(key), operation), **arguments)

    def _client(self, key: str) -> Any:
        return boto3.client(
            "eks",
            region_name="us-west-2",
            endpoint_url=self.url,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
        )

    @property
    def told(self) -> dict[str, Any]:
        return self.weather.sky.told()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    upstream = Upstream()
    async with serving(upstream.application()) as behind:
        weather = AwsWeather(behind, speed=100.0)
        app = upstream.application()  # where microburst would be
        app.middlewares.append(weather.middleware)
        app.on_startup.append(weather.start)
        app.on_cleanup.append(weather.stop)
        add_routes(app, weather.sky)
        async with serving(app) as url:
            yield World(upstream, weather, url)


async def test_where_there_is_no_weather_requests_go_on(world: World) -> None:
    world.put(OTHER, failed=1.0)
    for _ in range(2):
        assert (await world.ask("list_clusters"))["clusters"] == []
    assert world.told == {}


@pytest.mark.parametrize(
    ("climate", "code"),
    [
        ({"throttled": 1.0}, "ThrottlingException"),
        ({"refused": {"AKIAOURS": "ExpiredToken"}}, "ExpiredTokenException"),
    ],
)
async def test_what_is_refused_does_not_reach_aws(
    world: World, climate: dict[str, Any], code: str
) -> None:
    world.put(ACCOUNT, **climate)
    with pytest.raises(ClientError, match=code):
        await world.ask("create_cluster", name="c", roleArn="r", resourcesVpcConfig={})
    assert world.upstream.asked == []
    await world.ask("list_clusters", key="AKIATHEIRS")


@pytest.mark.parametrize("chance", ["failed", "reset"])
async def test_what_fails_does_not_reach_aws(world: World, chance: str) -> None:
    world.put(ACCOUNT, **{chance: 1.0})
    with pytest.raises((ClientError, BotoCoreError)):
        await world.ask("create_cluster", name="c", roleArn="r", resourcesVpcConfig={})
    assert world.upstream.asked == []
    assert world.told == {ACCOUNT: {"requests": 1, chance: 1}}


async def test_what_is_lost_was_done(world: World) -> None:
    world.put(lost=1.0)
    with pytest.raises(BotoCoreError):
        await world.ask("create_cluster", name="c", roleArn="r", resourcesVpcConfig={})
    assert world.upstream.names == ["c"]
    assert world.told == {ACCOUNT: {"requests": 1, "lost": 1}}


@pytest.mark.parametrize(
    "seed", [pytest.param(0, id="as if it were whole"), pytest.param(2, id="cut off")]
)
async def test_what_is_truncated_was_done(world: World, seed: int) -> None:
    """boto3 takes JSON that is cut for an answer without members."""
    world.put(seed=seed, truncated=1.0)
    told = await world.ask("create_cluster", name="c", roleArn="r", resourcesVpcConfig={})
    assert "cluster" not in told
    assert world.upstream.names == ["c"]
    assert world.told == {ACCOUNT: {"requests": 1, "truncated": 1}}


async def test_a_service_that_is_away_answers_nobody_and_others_do(world: World) -> None:
    world.put(away=("eks",))
    for _ in range(4):
        with pytest.raises((ClientError, BotoCoreError)):
            await world.ask("list_clusters")
    assert world.upstream.asked == []
    world.put(away=("sts",))
    await world.ask("list_clusters")


async def test_a_reading_shows_for_a_while_what_was_before(world: World) -> None:
    world.put(stale=1.0, stale_for=1e6)
    assert (await world.ask("list_clusters"))["clusters"] == []
    await world.ask("create_cluster", name="c", roleArn="r", resourcesVpcConfig={})
    assert (await world.ask("list_clusters"))["clusters"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        await world.ask("describe_cluster", name="c")
    world.put(stale=1.0, stale_for=0.0)
    assert (await world.ask("list_clusters"))["clusters"] == ["c"]
    assert (await world.ask("describe_cluster", name="c"))["cluster"]["name"] == "c"
    world.put(stale=1.0, stale_for=1e6)
    await world.ask("delete_cluster", name="c")
    assert (await world.ask("list_clusters"))["clusters"] == ["c"]
    assert (await world.ask("describe_cluster", name="c"))["cluster"]["name"] == "c"


async def test_the_weather_over_everybody_is_everybodys(world: World) -> None:
    world.put("*", throttled=1.0)
    for key in KEYS:
        with pytest.raises(ClientError):
            await world.ask("list_clusters", key=key)
    world.weather.sky.clear_up("*")
    await world.ask("list_clusters")

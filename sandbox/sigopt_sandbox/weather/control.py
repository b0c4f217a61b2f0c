"""`/_weather`: how the weather is set and told, over HTTP, on loopback."""

from __future__ import annotations

import json

from aiohttp import web

from sigopt_sandbox.weather.climate import Climate, ClimateError
from sigopt_sandbox.weather.sky import PATH, Sky


def add_routes(app: web.Application, sky: Sky) -> None:
    """Serve GET (what it did), and PUT and DELETE of the climate over an account or `*`."""

    async def tell(_: web.Request) -> web.Response:
        return web.json_response(sky.told())

    async def put(request: web.Request) -> web.Response:
        try:
            climate = Climate.parse(await request.json())
        except (ClimateError, TypeError, json.JSONDecodeError) as error:
            return web.json_response({"message": str(error)}, status=400)
        sky.put(request.match_info["over"], climate)
        return web.json_response({})

    async def clear_up(request: web.Request) -> web.Response:
        sky.clear_up(request.match_info["over"])
        return web.json_response({})

    app.router.add_get(PATH, tell)
    app.router.add_put(PATH + "/{over}", put)
    app.router.add_delete(PATH + "/{over}", clear_up)

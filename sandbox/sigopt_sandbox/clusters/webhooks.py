"""The authenticator and the authorizer of every simulated cluster, as its API server calls them.

One server on loopback, a path per cluster: TokenReview (v1 and v1beta1) as aws-iam-authenticator
answers it, and SubjectAccessReview for the access policies.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from sigopt_sandbox.clusters.access_policies import Request, allowed_by
from sigopt_sandbox.clusters.authenticator import Authenticator, User, identity_of
from sigopt_sandbox.clusters.tokens import TokenRefusedError
from sigopt_sandbox.clusters.wanted import ClusterKey

log = logging.getLogger(__name__)


class Webhooks:
    """The web application; `authenticate_path` and `authorize_path` say where a cluster's are."""

    def __init__(self, authenticator: Authenticator) -> None:
        """`authenticator` judges tokens and requests."""
        self._authenticator = authenticator

    def application(self) -> web.Application:
        """The routes, to be served on loopback."""
        app = web.Application()
        cluster = "/{account}/{region}/{name}"
        app.router.add_post(f"{cluster}/authenticate", self._authenticate)
        app.router.add_post(f"{cluster}/authorize", self._authorize)
        return app

    async def _authenticate(self, request: web.Request) -> web.Response:
        """Answer a TokenReview.

        A refusal is HTTP 403, as aws-iam-authenticator has it: to the API server an error, which
        it does not cache, where "authenticated: false" would be remembered.
        """
        key = _key(request)
        review = await request.json()
        try:
            user = await self._authenticator.authenticate(key, review["spec"]["token"])
        except TokenRefusedError:
            return web.json_response(_review(review, {"authenticated": False}), status=403)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("%s: cannot ask for access entries: %r", key.path, error)
            return web.json_response(_review(review, {"authenticated": False}), status=503)
        status = {"authenticated": True, "user": _user_info(user)}
        return web.json_response(_review(review, status))

    async def _authorize(self, request: web.Request) -> web.Response:
        """Answer a SubjectAccessReview: allowed by an access policy, or no opinion."""
        key = _key(request)
        review = await request.json()
        identity = identity_of(review["spec"].get("extra") or {})
        associations = await self._authenticator.policies(key, identity) if identity else ()
        by = allowed_by(associations, asked(review["spec"]))
        status = {"allowed": by is not None, "reason": f"EKS access policy {by}" if by else ""}
        return web.json_response(_review(review, status))


def _key(request: web.Request) -> ClusterKey:
    match = request.match_info
    return ClusterKey(match["account"], match["region"], match["name"])


def _review(asked: Mapping[str, Any], status: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": asked["apiVersion"], "kind": asked["kind"], "status": status}


def _user_info(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "uid": user.uid,
        "groups": list(user.groups),
        "extra": {name: list(values) for name, values in user.extra},
    }


def asked(spec: Mapping[str, Any]) -> Request:
    """What the spec of a (Self)SubjectAccessReview asks about."""
    path = spec.get("nonResourceAttributes")
    if path:
        return Request(verb=path.get("verb", ""), path=path.get("path", ""))
    about = spec.get("resourceAttributes") or {}
    subresource = about.get("subresource")
    resource = about.get("resource", "")
    return Request(
        verb=about.get("verb", ""),
        group=about.get("group", ""),
        resource=f"{resource}/{subresource}" if subresource else resource,
        namespace=about.get("namespace", ""),
    )

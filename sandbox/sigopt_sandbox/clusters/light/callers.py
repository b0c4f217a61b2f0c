"""Who calls a light endpoint, and whether access policies let them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import aiohttp

from sigopt_sandbox.clusters.access_policies import Request, allowed_by
from sigopt_sandbox.clusters.authenticator import Authenticator, User, identity_of
from sigopt_sandbox.clusters.endpoints import TOKEN_CACHE_SECONDS
from sigopt_sandbox.clusters.light.requests import ResourceRequest
from sigopt_sandbox.clusters.light.store import StatusError
from sigopt_sandbox.clusters.tokens import TokenRefusedError
from sigopt_sandbox.clusters.wanted import ClusterKey

_ADMIN = User("admin", "admin", ("system:masters", "system:authenticated"), ())
_OWN_REVIEWS = frozenset({"selfsubjectreviews", "selfsubjectaccessreviews"})
"""What every authenticated user may create (ClusterRole system:basic-user)."""


@dataclass(frozen=True)
class _Judged:
    user: User
    until: float
    """On the monotonic clock."""


class Callers:
    """The authentication and authorization of one light endpoint."""

    def __init__(self, authenticator: Authenticator, key: ClusterKey, admin_token: str) -> None:
        """`admin_token` is the sandbox's own way in, as system:masters."""
        self._authenticator = authenticator
        self._key = key
        self._admin_token = admin_token
        self._judged: dict[str, _Judged] = {}

    async def user(self, authorization: str) -> User:
        """The user behind an Authorization header. Raises StatusError 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthorized()
        if token == self._admin_token:
            return _ADMIN
        judged = self._judged.get(token)
        if judged is None or time.monotonic() > judged.until:
            judged = self._judged[token] = await self._judge(token)
        return judged.user

    async def _judge(self, token: str) -> _Judged:
        now = time.monotonic()
        self._judged = {key: one for key, one in self._judged.items() if one.until > now}
        try:
            user = await self._authenticator.authenticate(self._key, token)
        except (TokenRefusedError, aiohttp.ClientError, TimeoutError) as error:
            raise _unauthorized() from error
        groups = (*user.groups, "system:authenticated")
        return _Judged(User(user.username, user.uid, groups, user.extra), now + TOKEN_CACHE_SECONDS)

    async def check(self, user: User, request: ResourceRequest) -> None:
        """Raise StatusError 403, in the API server's words, unless the user may do this."""
        if request.verb == "create" and request.collection.plural in _OWN_REVIEWS:
            return
        if not await self.allowed(user, request.attributes):
            raise StatusError(403, "Forbidden", _forbidden(user, request))

    async def allowed(self, user: User, request: Request) -> bool:
        """Whether an access policy (or being the administrator) allows a request."""
        if "system:masters" in user.groups:
            return True
        identity = identity_of({name: list(values) for name, values in user.extra})
        if identity is None:
            return False
        policies = await self._authenticator.policies(self._key, identity)
        return allowed_by(policies, request) is not None


def _unauthorized() -> StatusError:
    return StatusError(401, "Unauthorized", "Unauthorized")


def _forbidden(user: User, request: ResourceRequest) -> str:
    collection, attributes = request.collection, request.attributes
    about = f'{collection.qualified} "{request.name}"' if request.name else collection.qualified
    scope = (
        f'in the namespace "{collection.namespace}"'
        if collection.namespace
        else "at the cluster scope"
    )
    return (
        f'{about} is forbidden: User "{user.username}" cannot {request.verb} resource '
        f'"{attributes.resource}" in API group "{attributes.group}" {scope}'
    )

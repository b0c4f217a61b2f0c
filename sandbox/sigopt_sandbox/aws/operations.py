"""Operations of ours in front of ministack's: they take and give the names of botocore's models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack import app
from ministack.core.responses import get_account_id, get_region

from sigopt_sandbox.aws import wire
from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.internal import Handler, invoke


@dataclass(frozen=True)
class Call:
    """One authorized request to an operation of ours."""

    service: str
    action: str
    params: dict[str, Any]
    account: str
    region: str
    access_key: str
    """The key that signed it; empty when it comes from inside."""
    _next: Handler = field(repr=False)

    @property
    def inside(self) -> bool:
        """Whether another simulated service asks, and not a client."""
        return not self.access_key

    def forward(self, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What ministack answers to the same request, or to it with other parameters."""
        wanted = self.params if params is None else params
        return invoke(self._next, self.service, self.action, wanted)


Operation = Callable[[Call], Mapping[str, Any] | None]
"""Answers the result in the model's names (None is an empty one); raises AwsError."""

_OWN: dict[tuple[str, str], Operation] = {}
_ORIGINAL: dict[str, Handler] = {}


def own(service: str, action: str, operation: Operation) -> None:
    """Put an operation of ours in front; what was there before is what `Call.forward` reaches."""
    before = _OWN.get((service, action))
    _OWN[service, action] = operation if before is None else _over(operation, before)
    if service not in _ORIGINAL:
        _ORIGINAL[service] = app.SERVICE_HANDLERS.get(service, _nobody(service))
        app.SERVICE_HANDLERS[service] = _front(service)


def _over(operation: Operation, before: Operation) -> Operation:
    """A second operation of ours over a first: its `forward` reaches the first."""

    def both(call: Call) -> Mapping[str, Any] | None:
        async def first(*request: Any) -> wire.Answer:
            _, _, _, body, query = request
            params = wire.parse(call.service, call.action, body, query)
            return _answered(before, _replace(call, params, call._next))

        return operation(_replace(call, call.params, first))

    return both


def _replace(call: Call, params: dict[str, Any], onward: Handler) -> Call:
    return Call(
        call.service, call.action, params, call.account, call.region, call.access_key, onward
    )


def _nobody(service: str) -> Handler:
    async def nobody(*_: Any) -> wire.Answer:
        error = AwsError("UnknownOperationException", f"{service}: not simulated here")
        return wire.refusal(service, error)

    return nobody


def _front(service: str) -> Handler:
    original = _ORIGINAL[service]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> wire.Answer:
        action = wire.action_of(headers, body, query)
        operation = _OWN.get((service, action))
        if operation is None:
            return await original(method, path, headers, body, query)
        params = wire.parse(service, action, body, query)
        key = app.extract_access_key_id(headers, query)
        call = Call(service, action, params, get_account_id(), get_region(), key, original)
        return _answered(operation, call)

    return handle


def _answered(operation: Operation, call: Call) -> wire.Answer:
    try:
        if call.service == "ec2" and call.params.get("DryRun"):
            text = "Request would have succeeded, but DryRun flag is set."
            raise AwsError("DryRunOperation", text, 412)
        return wire.answer(call.service, call.action, operation(call) or {})
    except AwsError as error:
        return wire.refusal(call.service, error)

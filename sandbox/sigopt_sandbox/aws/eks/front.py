"""Where EKS meets ministack: its handler replaced, a request's caller and raw path found."""

from __future__ import annotations

import contextvars
from typing import Any
from urllib.parse import quote

from ministack import app
from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import eks as ministack_eks

from sigopt_sandbox.aws.eks.model import Answer, Model
from sigopt_sandbox.aws.eks.operations import perform
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Caller, Place, Scope

# ministack hands its services a decoded path, in which the slashes of a principal's ARN look like
# segments; the raw one is noted when the signature is looked at.
_RAW_PATH: contextvars.ContextVar[str] = contextvars.ContextVar("eks_raw_path", default="")


def serve(eks: Eks) -> None:
    """Put our EKS in place of ministack's; signatures, policies and accounts stay ministack's."""
    _note_raw_paths()
    model = Model()

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Answer:
        eks.scheduler.ensure_ticking()
        key = extract_access_key_id(headers, query)
        at = Place(Scope(get_account_id(), get_region()), _caller(key))
        return perform(eks, model, at, method, _raw(path), query, body)

    ministack_eks.handle_request = handle


def _raw(path: str) -> str:
    return _RAW_PATH.get() or quote(path)


def _caller(access_key: str) -> Caller:
    identity = resolve_caller_identity(access_key) or {}
    account = get_account_id()
    return Caller(
        str(identity.get("userArn") or f"arn:aws:iam::{account}:root"),
        str(identity.get("userId") or account),
    )


def _note_raw_paths() -> None:
    pin = app.pin_signed_request

    def noting(method: str, raw_path: str, *rest: Any, **named: Any) -> None:
        _RAW_PATH.set(raw_path.split("?")[0])
        pin(method, raw_path, *rest, **named)

    app.pin_signed_request = noting

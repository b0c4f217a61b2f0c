"""What can go wrong at the edge to the management cluster."""

import json
from http import HTTPStatus
from typing import Any


class ManagementApiError(Exception):
    """The management cluster's API did not do what was asked; the text is for people, one line.

    Raised for an API server that is away, busy, or refuses (RBAC): looking again later is all that
    can be done about it from here.
    """


class RefusedError(ManagementApiError):
    """It answered, and does not allow it: a right, or an admission policy or webhook."""


def told(error: Any) -> str:
    """An error of the official client, or of what is below it, in one line.

    What is forbidden is in the API server's own words, with the verb and the resource.
    """
    if hasattr(error, "status") and hasattr(error, "body"):
        return explained(error.status, error.reason, error.body)
    return " ".join((str(error) or type(error).__name__).split())


def explained(status: int | None, reason: str | None, body: str | bytes | None) -> str:
    """An answer other than 2xx in one line, with what the API server has to say about it.

    Its body is a Status (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/),
    or whatever a proxy in between answered.
    """
    text = (body.decode(errors="replace") if isinstance(body, bytes) else body or "").strip()
    try:
        message = str(json.loads(text)["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        message = text
    return ": ".join(filter(None, [f"{status} {reason}", " ".join(message.split())[:500]]))


def is_refusal(status: int | None) -> bool:
    """Whether an answer means that asking again changes nothing until somebody does."""
    passing = (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
    return status is not None and 400 <= status < 500 and status not in passing


def is_of_nothing(status: int | None, body: str | bytes | None) -> bool:
    """Whether an answer says that the kind is known, and that there is nothing of that name.

    An API server that does not serve the CRD (any more, or yet) answers 404 to any path below it,
    and in no Status: resources may be there all the same, and clusters that were made for them.
    """
    if status != HTTPStatus.NOT_FOUND:
        return False
    try:
        found = json.loads(body or "")
    except (ValueError, RecursionError):
        return False
    details = found.get("details") if isinstance(found, dict) else None
    return isinstance(details, dict) and bool(details.get("name"))

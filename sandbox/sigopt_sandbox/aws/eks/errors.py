"""The errors EKS answers with, as exceptions.

Each carries the API's exception name, its text, and those members of the exception's shape that
EKS fills in (clusterName, nodegroupName, addonName ...). The HTTP status comes from the service
model, never from here.
"""

from __future__ import annotations


class ApiError(Exception):
    """One typed refusal of the EKS API, rendered by `model.Model.refusal`."""

    def __init__(self, code: str, message: str, **fields: object) -> None:
        """`code` is a shape of the model, for example ResourceInUseException."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields


def invalid_parameter(message: str, **fields: object) -> ApiError:
    """400: a value of the request is wrong."""
    return ApiError("InvalidParameterException", message, **fields)


def invalid_request(message: str, **fields: object) -> ApiError:
    """400: the request does not suit the state of the cluster."""
    return ApiError("InvalidRequestException", message, **fields)


def in_use(message: str, **fields: object) -> ApiError:
    """409: it exists already, or something else is going on."""
    return ApiError("ResourceInUseException", message, **fields)


def not_found(message: str, **fields: object) -> ApiError:
    """404: there is no such thing (the tagging operations have a type of their own)."""
    return ApiError("ResourceNotFoundException", message, **fields)


def limit_exceeded(message: str, **fields: object) -> ApiError:
    """400: a service quota is used up."""
    return ApiError("ResourceLimitExceededException", message, **fields)


def not_simulated(operation: str) -> ApiError:
    """400: a call that EKS has and this sandbox has not; the text says so, and is not EKS's."""
    return invalid_request(f"The sandbox does not simulate the EKS operation {operation}")

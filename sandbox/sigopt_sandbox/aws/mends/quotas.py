"""Service Quotas: AWS's defaults, and values that were raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions

from sigopt_sandbox.aws import admin
from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends import limits
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

_SERVICE = "servicequotas"


def install() -> None:
    """Serve Service Quotas and Pricing's permissions, which ministack does not have."""
    for service in (_SERVICE, "pricing"):
        iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
    own(_SERVICE, "ListServiceQuotas", list_quotas)
    own(_SERVICE, "ListAWSDefaultServiceQuotas", list_defaults)
    own(_SERVICE, "GetServiceQuota", get_quota)
    own(_SERVICE, "GetAWSDefaultServiceQuota", get_default)
    own(_SERVICE, "RequestServiceQuotaIncrease", request_increase)
    admin.register("GET", "/_sandbox/quotas", lambda _: _in_force())
    admin.register("PUT", "/_sandbox/quotas", _put)


def _in_force() -> dict[str, float]:
    return {f"{q.service}/{q.code}": limits.value(q.service, q.code) for q in limits.DEFAULTS}


def _put(request: admin.Request) -> dict[str, float]:
    """`{"vpc/L-F678F1CE": 3}` sets values in force; None as a value is AWS's default again."""
    for name, wanted in (request.body or {}).items():
        if name not in _in_force():
            raise admin.RequestError(400, f"no such quota: {name}; write SERVICE/CODE")
        if wanted is not None:
            wanted = admin.field(request.body, name, int)
        service, _, code = name.partition("/")
        limits.put(service, code, wanted)
    return _in_force()


def _of(service: str) -> list[limits.Quota]:
    found = [quota for quota in limits.DEFAULTS if quota.service == service]
    if not found:
        text = f"The request failed because the specified service {service} does not exist."
        raise AwsError("NoSuchResourceException", text)
    return found


def _one(call: Call) -> limits.Quota:
    code = call.params["QuotaCode"]
    for quota in _of(call.params["ServiceCode"]):
        if quota.code == code:
            return quota
    text = "The request failed because the specified service quota does not exist."
    raise AwsError("NoSuchResourceException", text)


def _row(call: Call, quota: limits.Quota, value: float) -> dict[str, Any]:
    where = f"{call.region}:{call.account}"
    return {
        "ServiceCode": quota.service,
        "ServiceName": quota.service,
        "QuotaArn": f"arn:aws:servicequotas:{where}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": quota.unit,
        "Adjustable": quota.adjustable,
        "GlobalQuota": quota.service == "iam",
    }


def list_quotas(call: Call) -> Mapping[str, Any]:
    """ListServiceQuotas: the values in force."""
    of = _of(call.params["ServiceCode"])
    rows = [_row(call, q, limits.value(q.service, q.code)) for q in of]
    return page(call, "Quotas", rows, 100)


def list_defaults(call: Call) -> Mapping[str, Any]:
    """ListAWSDefaultServiceQuotas: AWS's own values."""
    rows = [_row(call, q, q.value) for q in _of(call.params["ServiceCode"])]
    return page(call, "Quotas", rows, 100)


def get_quota(call: Call) -> Mapping[str, Any]:
    """GetServiceQuota: the value in force."""
    quota = _one(call)
    return {"Quota": _row(call, quota, limits.value(quota.service, quota.code))}


def get_default(call: Call) -> Mapping[str, Any]:
    """GetAWSDefaultServiceQuota: AWS's own value."""
    quota = _one(call)
    return {"Quota": _row(call, quota, quota.value)}


def request_increase(call: Call) -> Mapping[str, Any]:
    """RequestServiceQuotaIncrease: granted at once, where AWS may take days."""
    quota, wanted = _one(call), float(call.params["DesiredValue"])
    if wanted <= limits.value(quota.service, quota.code):
        text = "You must provide a quota value greater than the current quota value."
        raise AwsError("IllegalArgumentException", text)
    limits.put(quota.service, quota.code, wanted)
    return {
        "RequestedQuota": {
            "Id": quota.code,
            "ServiceCode": quota.service,
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "DesiredValue": wanted,
            "Status": "APPROVED",
        }
    }

"""Managed add-ons: installed, brought to another version or configuration, and taken away.

"Exists" on a creation and "not found" on a deletion are success: the next look sees what is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.act.repeated import existing_is_fine, gone_is_fine
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, is_code, translate
from sigopt_operator.plan.actions import CreateAddon, DeleteAddon, UpdateAddon

if TYPE_CHECKING:
    from types_boto3_eks.type_defs import CreateAddonRequestTypeDef, UpdateAddonRequestTypeDef

INVALID = ("InvalidParameterException", "InvalidRequestException")
"""Codes with which EKS refuses a name, a version or a configuration, without saying whose."""


def create_addon(clients: Clients, action: CreateAddon) -> None:
    """Install it; without a version EKS takes the default one."""
    request: CreateAddonRequestTypeDef = {
        "clusterName": action.cluster,
        "addonName": action.name,
        "resolveConflicts": "OVERWRITE",
        "tags": dict(action.tags),
        "clientRequestToken": action.token,
    }
    if action.version:
        request["addonVersion"] = action.version
    if action.configuration:
        request["configurationValues"] = action.configuration
    with _named(action.name), existing_is_fine():
        clients.eks.create_addon(**request)


def update_addon(clients: Clients, action: UpdateAddon) -> None:
    """Begin the update.

    A version alone preserves what people changed in the cluster (a CoreDNS Corefile, say); a
    configuration of ours overwrites it.
    """
    request: UpdateAddonRequestTypeDef = {
        "clusterName": action.cluster,
        "addonName": action.name,
        "addonVersion": action.version,
        "resolveConflicts": "PRESERVE",
        "clientRequestToken": action.token,
    }
    if action.configuration is not None:
        request["configurationValues"] = action.configuration
        request["resolveConflicts"] = "OVERWRITE"
    with _named(action.name):
        clients.eks.update_addon(**request)


def delete_addon(clients: Clients, action: DeleteAddon) -> None:
    """Begin the removal."""
    with gone_is_fine():
        clients.eks.delete_addon(clusterName=action.cluster, addonName=action.name)


@contextmanager
def _named(addon: str) -> Iterator[None]:
    """Say which add-on EKS refuses: its own words do not."""
    try:
        yield
    except ClientError as error:
        if not is_code(error, *INVALID):
            raise
        trouble = translate(error)
        told = f"add-on {addon}: {trouble.message}"
        raise AwsError(replace(trouble, message=told)) from error

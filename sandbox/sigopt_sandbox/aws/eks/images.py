"""The images of managed node groups: what an amiType runs on, its releases and image ids."""

from __future__ import annotations

import hashlib

from sigopt_sandbox.aws.eks import versions
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Scope

DEFAULT = "AL2023_x86_64_STANDARD"
# The newest image release of the catalogue's day; today's form is `1.36.2-20260714`.
RELEASE_DATE = "20261114"
# AL2 images end with 1.32 (observed by many users).
LAST_AL2_MINOR = 32


def architecture(ami_type: str) -> str:
    """x86_64 or arm64."""
    return "arm64" if "ARM_64" in ami_type.upper() else "x86_64"


def has_nvidia_driver(ami_type: str) -> bool:
    """Whether the image carries NVIDIA's driver, without which a GPU is not seen."""
    return ami_type.endswith(("_NVIDIA", "_GPU", "_NVIDIA_FIPS"))


def check_version(ami_type: str, version: str) -> None:
    """Refuse AL2 images beyond 1.32."""
    if ami_type.startswith("AL2_") and versions.minor(version) > LAST_AL2_MINOR:
        raise invalid_parameter(
            f"AMI Type {ami_type} is only supported for kubernetes versions 1.{LAST_AL2_MINOR} or "
            "earlier"
        )


def release(version: str, requested: str | None) -> str:
    """The release a group runs: the one requested, if it fits the version, or the newest."""
    if requested and not requested.startswith(f"{version}."):
        raise invalid_parameter(
            f"Requested release version {requested} is not valid for kubernetes version {version}."
        )
    return requested or f"{versions.catalogue()[version].patch}-{RELEASE_DATE}"


def image_id(eks: Eks, scope: Scope, ami_type: str, version: str) -> str:
    """The image of an amiType: what SSM's public parameter says, or a made-up one where none is."""
    try:
        answer = eks.cloud.call(
            "ssm",
            "GetParameter",
            {"Name": _parameter(ami_type, version)},
            account=scope.account,
            region=scope.region,
        )
    except AwsError:
        digest = hashlib.sha256(f"{scope.region}/{ami_type}/{version}".encode()).hexdigest()
        return f"ami-{digest[:17]}"
    return str(answer["Parameter"]["Value"])


def _parameter(ami_type: str, version: str) -> str:
    chip = architecture(ami_type)
    if ami_type.startswith("BOTTLEROCKET"):
        flavour = "-nvidia" if "NVIDIA" in ami_type else ""
        return f"/aws/service/bottlerocket/aws-k8s-{version}{flavour}/{chip}/latest/image_id"
    gpu = has_nvidia_driver(ami_type)
    if ami_type.startswith("AL2_"):
        family = "amazon-linux-2" + ("-gpu" if gpu else "-arm64" if chip == "arm64" else "")
    else:
        family = f"amazon-linux-2023/{chip}/{'nvidia' if gpu else 'standard'}"
    return f"/aws/service/eks/optimized-ami/{version}/{family}/recommended/image_id"

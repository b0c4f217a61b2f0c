"""EKS's optimized images: their names, ids and releases, for DescribeImages and SSM alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sigopt_sandbox.aws.eks import images, versions

OWNER = "602401143452"
"""Amazon's account for EKS images in most regions (EKS user guide)."""

AL2023 = (("x86_64", "standard"), ("arm64", "standard"), ("x86_64", "nvidia"), ("arm64", "nvidia"))


@dataclass(frozen=True)
class Image:
    """One image: today's release of one variant for one Kubernetes version."""

    name: str
    architecture: str
    version: str
    release: str
    parameter: str
    """The SSM path below which `image_id` and the like are found."""
    described: str

    def id(self, region: str) -> str:
        """The image's id in a region; the same in every sandbox."""
        return "ami-" + hashlib.sha256(f"{region}/{self.name}".encode()).hexdigest()[:17]


def all_images() -> Iterator[Image]:
    """Every image, of every Kubernetes version that EKS has."""
    for version in versions.catalogue():
        release = images.release(version, None)
        date = release.rsplit("-", 1)[-1]
        for architecture, variant in AL2023:
            name = f"amazon-eks-node-al2023-{architecture}-{variant}-{version}-v{date}"
            path = f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2023"
            yield Image(
                name,
                architecture,
                version,
                release,
                f"{path}/{architecture}/{variant}/recommended",
                "EKS-optimized Kubernetes node based on Amazon Linux 2023",
            )
        if versions.minor(version) <= images.LAST_AL2_MINOR:
            yield from _al2(version, release, date)
        for architecture, variant in AL2023:
            flavour = "-nvidia" if variant == "nvidia" else ""
            yield Image(
                f"bottlerocket-aws-k8s-{version}{flavour}-{architecture}-v1.50.0",
                architecture,
                version,
                "1.50.0",
                f"/aws/service/bottlerocket/aws-k8s-{version}{flavour}/{architecture}/latest",
                f"bottlerocket-aws-k8s-{version}{flavour}",
            )


def _al2(version: str, release: str, date: str) -> Iterator[Image]:
    for prefix, suffix, architecture in (
        ("amazon-eks-node", "", "x86_64"),
        ("amazon-eks-gpu-node", "-gpu", "x86_64"),
        ("amazon-eks-arm64-node", "-arm64", "arm64"),
    ):
        yield Image(
            f"{prefix}-{version}-v{date}",
            architecture,
            version,
            release,
            f"/aws/service/eks/optimized-ami/{version}/amazon-linux-2{suffix}/recommended",
            "EKS Kubernetes Worker AMI with AmazonLinux2 image",
        )

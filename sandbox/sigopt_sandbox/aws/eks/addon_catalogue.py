"""The catalogue of add-ons: versions, what they fit, the default of each, their configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sigopt_sandbox.aws.eks import versions
from sigopt_sandbox.aws.eks.errors import invalid_parameter, not_found
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Doc, Place


@dataclass(frozen=True)
class Release:
    """One version of an add-on: the cluster versions it fits, and those it is the default of."""

    version: str
    fits: tuple[str, ...]
    default_for: tuple[str, ...]


@dataclass(frozen=True)
class AddonKind:
    """One add-on that EKS offers."""

    name: str
    kind: str
    publisher: str
    owner: str
    namespace: str
    needs_nodes: bool
    requires_iam: bool
    pod_identity: tuple[Doc, ...]
    schema: Doc
    releases: tuple[Release, ...]

    def default_release(self, cluster_version: str) -> Release | None:
        """What CreateAddon takes when no version is asked for."""
        fitting = [r for r in self.releases if cluster_version in r.fits]
        defaults = [r for r in fitting if cluster_version in r.default_for]
        return next(iter(defaults or fitting), None)


@cache
def catalogue() -> dict[str, AddonKind]:
    """Every add-on, by name."""
    text = resources.files(__package__).joinpath("data/addons.json").read_text()
    return {entry["name"]: _kind(entry) for entry in json.loads(text)["addons"]}


def _kind(entry: Doc) -> AddonKind:
    return AddonKind(
        name=entry["name"],
        kind=entry["type"],
        publisher=entry["publisher"],
        owner=entry["owner"],
        namespace=entry["defaultNamespace"],
        needs_nodes=entry["needsNodes"],
        requires_iam=entry["requiresIamPermissions"],
        pod_identity=tuple(entry["podIdentity"]),
        schema=entry["schema"],
        releases=tuple(
            Release(r["version"], tuple(r["for"]), tuple(r["defaultFor"]))
            for r in entry["releases"]
        ),
    )


def supported(name: str) -> AddonKind:
    """The add-on of that name, or EKS's refusal (observed by users)."""
    found = catalogue().get(name)
    if found is None:
        raise invalid_parameter("Addon specified is not supported", addonName=name)
    return found


def release_for(kind: AddonKind, cluster_version: str, wanted: str | None) -> Release:
    """The release asked for, or the default; refused when it does not fit (observed by users)."""
    if wanted is None:
        found = kind.default_release(cluster_version)
        if found is None:
            raise invalid_parameter(
                f"Addon {kind.name} specified is not supported in {cluster_version} kubernetes "
                "version",
                addonName=kind.name,
            )
        return found
    for release in kind.releases:
        if release.version == wanted and cluster_version in release.fits:
            return release
    raise invalid_parameter("Addon version specified is not supported", addonName=kind.name)


def describe_addon_versions(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeAddonVersions, filtered by cluster version, name, type, publisher and owner."""
    del eks, at
    name, cluster_version = params.get("addonName"), params.get("kubernetesVersion")
    if name is not None:
        supported(name)
    found = []
    for kind in catalogue().values():
        infos = [i for r in kind.releases if (i := _release(r, kind, cluster_version))]
        matches = (
            name in (None, kind.name)
            and kind.kind in params.get("types", [kind.kind])
            and kind.publisher in params.get("publishers", [kind.publisher])
            and kind.owner in params.get("owners", [kind.owner])
        )
        if matches and infos:
            found.append(_described(kind, infos))
    return page(found, params, member="addons")


def _described(kind: AddonKind, infos: list[Doc]) -> Doc:
    return {
        "addonName": kind.name,
        "type": kind.kind,
        "addonVersions": infos,
        "publisher": kind.publisher,
        "owner": kind.owner,
        "defaultNamespace": kind.namespace,
    }


def _release(release: Release, kind: AddonKind, cluster_version: str | None) -> Doc | None:
    fits = [v for v in release.fits if cluster_version in (None, v)]
    if not fits:
        return None
    return {
        "addonVersion": release.version,
        "architecture": ["amd64", "arm64"],
        "computeTypes": ["ec2", "auto", "hybrid"],
        "compatibilities": [
            {
                "clusterVersion": version,
                "platformVersions": ["*"],
                "defaultVersion": version in release.default_for,
            }
            for version in sorted(fits, key=versions.minor, reverse=True)
        ],
        "requiresConfiguration": False,
        "requiresIamPermissions": kind.requires_iam,
    }


def describe_addon_configuration(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeAddonConfiguration: the schema is JSON in a string."""
    del eks, at
    kind = supported(params["addonName"])
    wanted = params["addonVersion"]
    if wanted not in (release.version for release in kind.releases):
        # Verbatim not found.
        raise not_found(f"Addon version {wanted} was not found", addonName=kind.name)
    return {
        "addonName": kind.name,
        "addonVersion": wanted,
        "configurationSchema": json.dumps(kind.schema),
        "podIdentityConfiguration": list(kind.pod_identity),
    }

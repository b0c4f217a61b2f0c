"""The catalogue of cluster versions: what is on offer, since when, and until when."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sigopt_sandbox.aws.eks.errors import invalid_parameter
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Doc, Place


@dataclass(frozen=True)
class Version:
    """One Kubernetes minor version of EKS, with its dates."""

    version: str
    platform: str
    patch: str
    release: dt.date
    end_standard: dt.date
    end_extended: dt.date
    default: bool

    def support(self, day: dt.date) -> str:
        """STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED on a day."""
        if day <= self.end_standard:
            return "STANDARD_SUPPORT"
        return "EXTENDED_SUPPORT" if day <= self.end_extended else "UNSUPPORTED"


@cache
def _data() -> Doc:
    text = resources.files(__package__).joinpath("data/versions.json").read_text()
    return dict(json.loads(text))


@cache
def catalogue() -> dict[str, Version]:
    """Every version EKS knows, newest first."""
    data = _data()
    return {
        entry["version"]: Version(
            version=entry["version"],
            platform=entry["platform"],
            patch=entry["patch"],
            release=dt.date.fromisoformat(entry["release"]),
            end_standard=dt.date.fromisoformat(entry["endStandard"]),
            end_extended=dt.date.fromisoformat(entry["endExtended"]),
            default=entry["version"] == data["default"],
        )
        for entry in data["versions"]
    }


def default_version() -> Version:
    """What CreateCluster takes when no version is asked for."""
    return next(v for v in catalogue().values() if v.default)


@cache
def today() -> dt.date:
    """The catalogue's own day, which decides about support: it does not age between two tests."""
    return dt.date.fromisoformat(_data()["asOf"])


def minor(version: str) -> int:
    """The minor number of `1.NN`."""
    return int(version.split(".")[1])


def offered(version: str) -> Version:
    """A version that new clusters may use (standard or extended support), or EKS's refusal."""
    found = catalogue().get(version)
    if found is None or found.support(today()) == "UNSUPPORTED":
        raise invalid_parameter("unsupported Kubernetes version")
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _described(version: Version, support: str) -> Doc:
    return {
        "clusterVersion": version.version,
        "clusterType": "eks",
        "defaultPlatformVersion": version.platform,
        "defaultVersion": version.default,
        "releaseDate": _midnight(version.release),
        "endOfStandardSupportDate": _midnight(version.end_standard),
        "endOfExtendedSupportDate": _midnight(version.end_extended),
        "status": support.lower().replace("_", "-"),
        "versionStatus": support,
        "kubernetesPatchVersion": version.patch,
    }


def describe_cluster_versions(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeClusterVersions: without filters, the versions that are on offer."""
    del eks, at
    day = today()
    wanted_status = params.get("versionStatus") or _upper(params.get("status"))
    wanted = params.get("clusterVersions")
    found = []
    for version in catalogue().values():
        support = version.support(day)
        hidden = support == "UNSUPPORTED" and not (params.get("includeAll") or wanted_status)
        other = (
            (wanted and version.version not in wanted)
            or (wanted_status and support != wanted_status)
            or (params.get("defaultOnly") and not version.default)
            or (params.get("clusterType") not in (None, "eks"))
        )
        if not hidden and not other:
            found.append(_described(version, support))
    return page(found, params, member="clusterVersions")


def _upper(status: str | None) -> str | None:
    return status.upper().replace("-", "_") if status else None

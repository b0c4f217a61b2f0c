"""Add-ons, versions, updates and insights of the fake AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import refusal

from sigopt_operator.plan.addons.part import BEFORE_NODES, WITH_NODES

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]
BEGAN = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)


def addon_default(version: str) -> str:
    """The version of every add-on that AWS calls default for a version of Kubernetes."""
    return f"v{version}.0-eksbuild.1"


def _raise(thing: Answer, version: str) -> None:
    thing["version"] = version


class Versions:
    """Operations of EKS on add-ons and versions."""

    _aws: FakeAws

    def list_addons(self, **_: Any) -> Answer:
        return {"addons": list(self._aws.addons)}

    def describe_addon(self, addonName: str, **_: Any) -> Answer:  # noqa: N803
        if addonName not in self._aws.addons:
            raise refusal("ResourceNotFoundException", f"No addon: {addonName}", status=404)
        return {"addon": self._aws.addons[addonName]}

    def create_addon(self, addonName: str, tags: Answer, **rest: Any) -> None:  # noqa: N803
        if addonName in self._aws.addons:
            raise refusal("ResourceInUseException", "Addon already exists.")
        version = next(iter(self._aws.clusters.values()))["version"]
        self._aws.addons[addonName] = {
            "addonName": addonName,
            "addonArn": f"arn:aws:eks:us-west-2:111122223333:addon/tiny/{addonName}",
            "status": "CREATING",
            "createdAt": BEGAN,
            "addonVersion": rest.get("addonVersion") or addon_default(version),
            "configurationValues": rest.get("configurationValues"),
            "tags": tags,
        }

    def delete_addon(self, addonName: str, **_: Any) -> None:  # noqa: N803
        self._aws.addons[addonName]["status"] = "DELETING"

    def describe_addon_versions(self, kubernetesVersion: str, **_: Any) -> Answer:  # noqa: N803
        fits = {"clusterVersion": kubernetesVersion, "defaultVersion": True}
        release = {"addonVersion": addon_default(kubernetesVersion), "compatibilities": [fits]}
        names = (*BEFORE_NODES, *WITH_NODES, "metrics-server")
        return {"addons": [{"addonName": name, "addonVersions": [release]} for name in names]}

    def update_addon(self, addonName: str, addonVersion: str, **rest: Any) -> None:  # noqa: N803
        addon = self._aws.addons[addonName]
        addon |= {"status": "UPDATING", "addonVersion": addonVersion}
        if "configurationValues" in rest:
            addon["configurationValues"] = rest["configurationValues"]

    def update_cluster_version(self, name: str, version: str, **_: Any) -> None:
        cluster = self._aws.clusters[name]
        if int(version[2:]) != int(cluster["version"][2:]) + 1:
            told = f"Unsupported Kubernetes minor version update from {cluster['version']}"
            raise refusal("InvalidParameterException", f"{told} to {version}")
        cluster["status"] = "UPDATING"
        self._aws.begin(
            "", "VersionUpdate", {"Version": version}, partial(_raise, cluster, version)
        )

    def update_nodegroup_version(self, nodegroupName: str, version: str, **_: Any) -> None:  # noqa: N803
        group = self._aws.groups[nodegroupName]
        group["status"] = "UPDATING"
        apply = partial(_raise, group, version)
        self._aws.begin(nodegroupName, "VersionUpdate", {"Version": version}, apply)

    def list_updates(self, nodegroupName: str = "", addonName: str = "", **_: Any) -> Answer:  # noqa: N803
        of = nodegroupName or addonName
        return {"updateIds": [u["id"] for u in self._aws.updates if u["of"] == of]}

    def describe_update(self, updateId: str, **_: Any) -> Answer:  # noqa: N803
        return {"update": next(u for u in self._aws.updates if u["id"] == updateId)}

    def list_insights(self, filter: Answer, **_: Any) -> Answer:  # noqa: A002
        wanted = filter["kubernetesVersions"]
        found = [i for i in self._aws.insights if i["kubernetesVersion"] in wanted]
        return {"insights": found}

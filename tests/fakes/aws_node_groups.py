"""The node groups and launch templates of the fake AWS."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.fakes.refusals import refusal
from tests.fakes.world import WHO

if TYPE_CHECKING:
    from tests.fakes.aws import FakeAws

Answer = dict[str, Any]


class NodeGroups:
    """Operations of EKS on node groups, and of EC2 on launch templates."""

    _aws: FakeAws

    def list_nodegroups(self, **_: Any) -> Answer:
        return {"nodegroups": list(self._aws.groups)}

    def describe_nodegroup(self, nodegroupName: str, **_: Any) -> Answer:  # noqa: N803
        if nodegroupName not in self._aws.groups:
            told = f"No node group found for name: {nodegroupName}."
            raise refusal("ResourceNotFoundException", told, status=404)
        return {"nodegroup": self._aws.groups[nodegroupName]}

    def create_nodegroup(self, nodegroupName: str, **rest: Any) -> None:  # noqa: N803
        if nodegroupName in self._aws.groups:
            raise refusal("ResourceInUseException", "NodeGroup already exists with name")
        self._aws.groups[nodegroupName] = {
            "nodegroupName": nodegroupName,
            "nodegroupArn": f"arn:aws:eks:us-west-2:{WHO.account}:nodegroup/tiny/{nodegroupName}",
            "status": "CREATING",
            "createdAt": self._aws.now(),
            "modifiedAt": self._aws.now(),
            "version": next(iter(self._aws.clusters.values()))["version"],
            "resources": {"autoScalingGroups": [{"name": f"eks-{nodegroupName}"}]},
            **{key: rest[key] for key in ("scalingConfig", "instanceTypes", "tags")},
            "labels": rest.get("labels", {}),
            "taints": rest.get("taints", []),
        }

    def update_nodegroup_config(self, nodegroupName: str, **changed: Any) -> None:  # noqa: N803
        group = self._aws.groups[nodegroupName]
        group["status"] = "UPDATING"
        apply = partial(_configure, group, changed)
        self._aws.begin(nodegroupName, "ConfigUpdate", _told(changed), apply)

    def delete_nodegroup(self, nodegroupName: str, **_: Any) -> None:  # noqa: N803
        self._aws.groups[nodegroupName]["status"] = "DELETING"

    def describe_launch_templates(
        self,
        LaunchTemplateNames: list[str] | None = None,  # noqa: N803
        **_: Any,
    ) -> Answer:
        wanted = LaunchTemplateNames or list(self._aws.templates)
        return {"LaunchTemplates": [self._aws.templates[name] for name in wanted]}

    def create_launch_template(
        self,
        LaunchTemplateName: str,  # noqa: N803
        TagSpecifications: list[Answer],  # noqa: N803
        LaunchTemplateData: Answer,  # noqa: N803
        ClientToken: str | None = None,  # noqa: N803
    ) -> None:
        if ClientToken is not None:
            asked = (LaunchTemplateName, LaunchTemplateData, TagSpecifications)
            if self._aws.templates_by_token.setdefault(ClientToken, asked) != asked:
                raise refusal("IdempotentParameterMismatch", "The token was used for another.")
        if LaunchTemplateName in self._aws.templates:
            code = "InvalidLaunchTemplateName.AlreadyExistsException"
            raise refusal(code, "Launch template name already in use.")
        self._aws.templates[LaunchTemplateName] = {
            "LaunchTemplateName": LaunchTemplateName,
            "LaunchTemplateId": f"lt-{LaunchTemplateName}",
            "Tags": TagSpecifications[0]["Tags"],
        }
        self._aws.template_data[LaunchTemplateName] = LaunchTemplateData

    def delete_launch_template(self, LaunchTemplateId: str) -> None:  # noqa: N803
        self._aws.templates.pop(LaunchTemplateId.removeprefix("lt-"), None)


def _configure(group: Answer, changed: Answer) -> None:
    group["scalingConfig"] = group["scalingConfig"] | changed.get("scalingConfig", {})
    labels, taints = changed.get("labels", {}), changed.get("taints", {})
    gone = labels.get("removeLabels", [])
    kept = {key: value for key, value in group["labels"].items() if key not in gone}
    group["labels"] = kept | labels.get("addOrUpdateLabels", {})
    new = taints.get("addOrUpdateTaints", [])
    off = {(t["key"], t["effect"]) for t in (*new, *taints.get("removeTaints", []))}
    group["taints"] = [t for t in group["taints"] if (t["key"], t["effect"]) not in off] + new


def _told(changed: Answer) -> dict[str, str]:
    """What EKS tells of what was asked."""
    scaling = changed.get("scalingConfig", {})
    told = {f"{key[0].upper()}{key[1:]}": str(value) for key, value in scaling.items()}
    names = {
        "addOrUpdateLabels": "LabelsToAdd",
        "removeLabels": "LabelsToRemove",
        "addOrUpdateTaints": "TaintsToAdd",
        "removeTaints": "TaintsToRemove",
    }
    given = changed.get("labels", {}) | changed.get("taints", {})
    return told | {names[key]: json.dumps(value) for key, value in given.items() if value}

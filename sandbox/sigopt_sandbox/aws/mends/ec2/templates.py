"""Launch templates: found by name and by id, their data kept whole."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import ec2

from sigopt_sandbox.aws.errors import AwsError
from sigopt_sandbox.aws.mends.ec2 import stores
from sigopt_sandbox.aws.mends.ec2.filters import field, select
from sigopt_sandbox.aws.mends.pages import page
from sigopt_sandbox.aws.operations import Call, own

Template = dict[str, Any]


def install() -> None:
    """Put these in front of ministack's."""
    own("ec2", "CreateLaunchTemplate", create)
    own("ec2", "CreateLaunchTemplateVersion", create_version)
    own("ec2", "DescribeLaunchTemplates", describe)
    own("ec2", "DescribeLaunchTemplateVersions", describe_versions)
    own("ec2", "DeleteLaunchTemplate", delete)
    own("ec2", "ModifyLaunchTemplate", modify)


def find(params: Mapping[str, Any]) -> Template:
    """The template that a request or a specification names, by id or by name."""
    wanted_id, name = params.get("LaunchTemplateId"), params.get("LaunchTemplateName")
    if wanted_id and name:
        text = "Either a launch template ID or a launch template name must be specified, not both."
        raise AwsError("InvalidParameterCombination", text)
    if wanted_id:
        found: Template | None = ec2._launch_templates.get(wanted_id)
        if found is None:
            text = f"The specified launch template, with template ID {wanted_id}, does not exist."
            raise AwsError("InvalidLaunchTemplateId.NotFound", text)
        return found
    for template in ec2._launch_templates.values():
        if template["LaunchTemplateName"] == name:
            named: Template = template
            return named
    text = "At least one of the launch templates specified in the request does not exist."
    raise AwsError("InvalidLaunchTemplateName.NotFoundException", text)


def data(specification: Mapping[str, Any]) -> dict[str, Any]:
    """What the version that a LaunchTemplateSpecification names would launch."""
    template = find(specification)
    wanted = specification.get("Version") or "$Default"
    return copy.deepcopy(dict(_version(template, str(wanted))["LaunchTemplateData"]))


def _version(template: Template, wanted: str) -> Template:
    number = {
        "$Latest": str(template["LatestVersionNumber"]),
        "$Default": str(template["DefaultVersionNumber"]),
    }.get(wanted, wanted)
    versions: list[Template] = template["Versions"]
    for version in versions:
        if str(version["VersionNumber"]) == number:
            return version
    text = f"Could not find the specified version {wanted} for the launch template with ID "
    raise AwsError(
        "InvalidLaunchTemplateId.VersionNotFound", f"{text}{template['LaunchTemplateId']}."
    )


def _new_version(template: Template, params: Mapping[str, Any], number: int) -> Template:
    content = copy.deepcopy(dict(params.get("LaunchTemplateData", {})))
    source = params.get("SourceVersion")
    if source:
        content = {**copy.deepcopy(_version(template, source)["LaunchTemplateData"]), **content}
    _check_groups(content)
    version = {
        "LaunchTemplateId": template["LaunchTemplateId"],
        "LaunchTemplateName": template["LaunchTemplateName"],
        "VersionNumber": number,
        "VersionDescription": params.get("VersionDescription"),
        "DefaultVersion": number == template["DefaultVersionNumber"],
        "CreateTime": ec2._now_ts(),
        "CreatedBy": f"arn:aws:iam::{get_account_id()}:root",
        "LaunchTemplateData": content,
    }
    template["Versions"].append(version)
    template["LatestVersionNumber"] = number
    return version


def _check_groups(content: Mapping[str, Any]) -> None:
    if content.get("NetworkInterfaces") and content.get("SecurityGroupIds"):
        text = "Network interfaces and an instance-level security groups may not be specified on "
        raise AwsError("InvalidParameterCombination", text + "the same request")


def create(call: Call) -> Mapping[str, Any]:
    """CreateLaunchTemplate: a name is taken once."""
    name = call.params["LaunchTemplateName"]
    if any(t["LaunchTemplateName"] == name for t in ec2._launch_templates.values()):
        code = "InvalidLaunchTemplateName.AlreadyExistsException"
        raise AwsError(code, "Launch template name already in use.")
    template: Template = {
        "LaunchTemplateId": stores.new_id("lt"),
        "LaunchTemplateName": name,
        "CreateTime": ec2._now_ts(),
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": 1,
        "Versions": [],
    }
    _new_version(template, call.params, 1)
    ec2._launch_templates[template["LaunchTemplateId"]] = template
    stores.put_tags(template["LaunchTemplateId"], call.params, "launch-template")
    return {"LaunchTemplate": _row(template)}


def _row(template: Template) -> dict[str, Any]:
    shown = {k: v for k, v in template.items() if k not in ("Versions", "Tags")}
    shown["CreatedBy"] = f"arn:aws:iam::{get_account_id()}:root"
    return {**shown, "Tags": stores.tags(template["LaunchTemplateId"])}


def create_version(call: Call) -> Mapping[str, Any]:
    """CreateLaunchTemplateVersion."""
    template = find(call.params)
    number = template["LatestVersionNumber"] + 1
    return {"LaunchTemplateVersion": _new_version(template, call.params, number)}


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeLaunchTemplates by ids, names and filters."""
    ids, names = call.params.get("LaunchTemplateIds"), call.params.get("LaunchTemplateNames")
    if ids or names:
        found = [find({"LaunchTemplateId": i}) for i in ids or []]
        found += [find({"LaunchTemplateName": n}) for n in names or []]
    else:
        found = list(ec2._launch_templates.values())
    fields = {
        "launch-template-name": field("LaunchTemplateName"),
        "launch-template-id": field("LaunchTemplateId"),
        "create-time": field("CreateTime"),
    }
    rows = select([_row(t) for t in found], call.params.get("Filters", []), fields)
    return page(call, "LaunchTemplates", rows, 200)


def describe_versions(call: Call) -> Mapping[str, Any]:
    """DescribeLaunchTemplateVersions by the template's name or id."""
    if not (call.params.get("LaunchTemplateId") or call.params.get("LaunchTemplateName")):
        every = list(ec2._launch_templates.values())
        wanted = call.params.get("Versions", ["$Latest"])
        return {"LaunchTemplateVersions": [_version(t, v) for t in every for v in wanted]}
    template = find(call.params)
    wanted = call.params.get("Versions")
    if wanted:
        rows = [_version(template, version) for version in wanted]
    else:
        rows = sorted(template["Versions"], key=lambda v: -int(v["VersionNumber"]))
    return page(call, "LaunchTemplateVersions", rows, 200)


def delete(call: Call) -> Mapping[str, Any]:
    """DeleteLaunchTemplate by id or name."""
    template = find(call.params)
    row = _row(template)
    stores.drop(ec2._launch_templates, template["LaunchTemplateId"])
    return {"LaunchTemplate": row}


def modify(call: Call) -> Mapping[str, Any]:
    """ModifyLaunchTemplate: which version is the default."""
    template = find(call.params)
    wanted = call.params.get("DefaultVersion") or call.params.get("SetDefaultVersion")
    if wanted:
        number = int(_version(template, wanted)["VersionNumber"])
        template["DefaultVersionNumber"] = number
        for version in template["Versions"]:
            version["DefaultVersion"] = version["VersionNumber"] == number
    return {"LaunchTemplate": _row(template)}

"""Instance types, where they are sold, what images there are, and what they cost."""

import json
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws
from tests.sandbox.aws_world import refused


@pytest.mark.parametrize(
    ("name", "architecture", "gpus", "vcpus"),
    [
        pytest.param("t2.small", "x86_64", 0, 1),
        pytest.param("t3.large", "x86_64", 0, 2),
        pytest.param("m7g.large", "arm64", 0, 2),
        pytest.param("g5.xlarge", "x86_64", 1, 4),
        pytest.param("g5g.xlarge", "arm64", 1, 4),
        pytest.param("p2.xlarge", "x86_64", 1, 4),
        pytest.param("p3.8xlarge", "x86_64", 4, 32),
        pytest.param("p5.48xlarge", "x86_64", 8, 192),
    ],
)
def test_a_type_has_what_aws_says(
    aws: Aws, name: str, architecture: str, gpus: int, vcpus: int
) -> None:
    (found,) = aws.client("ec2").describe_instance_types(InstanceTypes=[name])["InstanceTypes"]
    assert architecture in found["ProcessorInfo"]["SupportedArchitectures"]
    assert found["VCpuInfo"]["DefaultVCpus"] == vcpus
    assert found["MemoryInfo"]["SizeInMiB"] > 0
    assert found["NetworkInfo"]["MaximumNetworkInterfaces"] > 0
    there = found.get("GpuInfo", {}).get("Gpus", [])
    assert sum(g["Count"] for g in there) == gpus
    assert all(g["Manufacturer"] == "NVIDIA" for g in there)


def test_an_unknown_type_is_refused(aws: Aws) -> None:
    asked = ["t3.large", "zz9.huge"]
    assert refused(lambda: aws.client("ec2").describe_instance_types(InstanceTypes=asked)) == (
        "InvalidInstanceType",
        "The following supplied instance types do not exist: [zz9.huge]",
    )


def test_all_types_come_in_pages(aws: Aws) -> None:
    pages = aws.client("ec2").get_paginator("describe_instance_types").paginate()
    names = [t["InstanceType"] for p in pages for t in p["InstanceTypes"]]
    assert len(names) == len(set(names)) > 1000


def test_types_are_found_by_filter(aws: Aws) -> None:
    filters = [
        {"Name": "processor-info.supported-architecture", "Values": ["arm64"]},
        {"Name": "instance-type", "Values": ["g5*"]},
    ]
    found = aws.client("ec2").describe_instance_types(Filters=filters)["InstanceTypes"]
    assert {t["InstanceType"].split(".")[0] for t in found} == {"g5g"}


def _zones(aws: Aws, name: str, kind: str = "availability-zone") -> set[str]:
    found = aws.client("ec2").describe_instance_type_offerings(
        LocationType=kind, Filters=[{"Name": "instance-type", "Values": [name]}]
    )
    return {o["Location"] for o in found["InstanceTypeOfferings"]}


def test_a_type_is_sold_in_some_zones_only(aws: Aws) -> None:
    assert _zones(aws, "t3.large") == {f"us-west-2{z}" for z in "abcd"}
    assert _zones(aws, "g5.xlarge") == {f"us-west-2{z}" for z in "abc"}
    assert _zones(aws, "p2.xlarge") == {"us-west-2a", "us-west-2b"}
    assert _zones(aws, "p2.xlarge", "availability-zone-id") == {"usw2-az1", "usw2-az2"}
    assert _zones(aws, "g5.xlarge", "region") == {"us-west-2"}
    assert _zones(aws, "zz9.huge") == set()


def test_an_instance_is_launched_only_where_its_type_is_sold(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.60.0.0/24", AvailabilityZone="us-west-2d")
    request: dict[str, Any] = {
        "ImageId": "ami-1",
        "InstanceType": "g5.xlarge",
        "SubnetId": made["Subnet"]["SubnetId"],
        "MinCount": 1,
        "MaxCount": 1,
    }
    assert refused(lambda: ec2.run_instances(**request)) == (
        "Unsupported",
        "Your requested instance type (g5.xlarge) is not supported in your requested Availability "
        "Zone (us-west-2d). Please retry your request by not specifying an Availability Zone or "
        "choosing us-west-2a, us-west-2b, us-west-2c.",
    )


def test_zones_have_ids(aws: Aws) -> None:
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    assert [(z["ZoneName"], z["ZoneId"]) for z in zones] == [
        (f"us-west-2{letter}", f"usw2-az{number}") for number, letter in enumerate("abcd", 1)
    ]


def test_the_newest_image_is_what_the_public_parameter_says(aws: Aws) -> None:
    ssm, ec2 = aws.client("ssm"), aws.client("ec2")
    path = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/nvidia/recommended"
    image_id = ssm.get_parameter(Name=f"{path}/image_id")["Parameter"]["Value"]
    (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    assert image["Name"].startswith("amazon-eks-node-al2023-x86_64-nvidia-1.33-v")
    assert image["Architecture"] == "x86_64"
    release = ssm.get_parameter(Name=f"{path}/release_version")["Parameter"]["Value"]
    assert release.startswith("1.33.")
    whole = json.loads(ssm.get_parameter(Name=path)["Parameter"]["Value"])
    assert (whole["image_id"], whole["release_version"]) == (image_id, release)
    filters = [{"Name": "name", "Values": ["amazon-eks-node-al2023-*-1.33-*"]}]
    found = ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"]
    assert image_id in {i["ImageId"] for i in found}


def test_a_version_that_eks_does_not_have_has_no_parameter(aws: Aws) -> None:
    name = "/aws/service/eks/optimized-ami/1.5/amazon-linux-2023/x86_64/standard/recommended"
    assert refused(lambda: aws.client("ssm").get_parameter(Name=name))[0] == "ParameterNotFound"


@pytest.mark.parametrize("name", ["t2.small", "t3.large", "g5.xlarge", "p2.xlarge", "m7g.4xlarge"])
def test_a_type_has_a_price(aws: Aws, name: str) -> None:
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in {
            "regionCode": "us-west-2",
            "preInstalledSw": "NA",
            "operatingSystem": "Linux",
            "capacitystatus": "Used",
            "marketoption": "OnDemand",
            "tenancy": "Shared",
            "instanceType": name,
        }.items()
    ]
    pricing = aws.client("pricing", region="us-east-1")
    (product,) = pricing.get_products(ServiceCode="AmazonEC2", Filters=filters)["PriceList"]
    (term,) = json.loads(product)["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert float(dimension["pricePerUnit"]["USD"]) > 0

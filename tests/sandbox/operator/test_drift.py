"""What somebody changes by hand in AWS is put back, and told with field, found and wanted."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client
from tests.sandbox.operator.workloads import inside
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "drifter"
ROLE = f"{NAME}-k8s-access-role"
SOMEBODY = "arn:aws:iam::111122223333:user/sandbox-admin"
WANTED = {
    **SPEC,
    "logging": ["audit"],
    "network": {"cidr": "10.20.16.0/20"},
    "access": {"principals": [SOMEBODY]},
}
NODE_POLICY = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
FOREIGN_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
EVERYWHERE, THEIRS = "0.0.0.0/0", "172.16.0.0/12"
STRANGER = "arn:aws:iam::999988887777:root"
STOLEN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": STRANGER},
            "Action": "sts:AssumeRole",
        }
    ],
}


def test_what_somebody_changes_by_hand_is_put_back_and_told(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    person.apply(NAME, WANTED)
    person.waits_until_ready(NAME)
    groups = {p["name"]: p["nodeGroup"] for p in person.status(NAME)["pools"]}
    assert "DriftRepaired" not in person.events(NAME)
    _a_hand_in_the_console(person, groups)
    for words in (
        "repaired spec.cpu.maxNodes: found 7, wanted 2",
        "repaired spec.logging: found none, wanted audit",
        "repaired spec.endpointAccess.private: found false, wanted true",
        "repaired add-on kube-proxy: found none, wanted installed",
        f"{ROLE}: found none, wanted with policies AmazonEKSClusterAdminPolicy",
    ):
        _told(person, words)
    _as_wished(person, groups)
    client(person.sandbox, "eks").delete_nodegroup(clusterName=NAME, nodegroupName=groups["cpu"])
    _told(person, f"repaired spec.cpu: found no node group, wanted {groups['cpu']}")
    person.waits(NAME, _pools_active, "the node group is there again")
    _hands_on_the_roles(person)
    put_back = _hands_on_the_network(person)
    _told(person, f"repaired trust policy of IAM role {ROLE}: found ")
    _told(person, f"repaired attached policies of IAM role {NAME}-node-role: found ")
    for words in put_back:
        _told(person, words)
    _roles_as_made(person)
    _network_as_made(person)
    _a_colleague_gets_in_again_when_the_access_role_was_made_again(person, tmp_path)
    person.waits_until_ready(NAME)
    _nodes_whose_role_was_made_again_get_in_by_the_commands_that_are_told(person)
    _a_nat_gateway_that_is_gone_is_told_with_the_way_out(person)
    person.delete(NAME)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def _told(person: Person, words: str) -> None:
    eventually(
        lambda: words in _all_events(person),
        lambda: f"{words!r} in {_all_events(person)}",
        within=120,
    )


def _all_events(person: Person) -> str:
    """Their messages in full."""
    told = person.kubectl.must("get", "events", "-n", person.namespace, "-o", "json")
    return "\n".join(event["message"] for event in json.loads(told)["items"])


def _a_hand_in_the_console(person: Person, groups: dict[str, str]) -> None:
    eks = client(person.sandbox, "eks")
    eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName=groups["cpu"], scalingConfig={"minSize": 0, "maxSize": 7}
    )
    eks.delete_addon(clusterName=NAME, addonName="kube-proxy")
    eks.delete_access_entry(clusterName=NAME, principalArn=f"arn:aws:iam::111122223333:role/{ROLE}")
    eks.create_access_entry(clusterName=NAME, principalArn=SOMEBODY)
    off = {"clusterLogging": [{"types": ["audit"], "enabled": False}]}
    eks.update_cluster_config(name=NAME, logging=off)
    eventually(lambda: _made_not_private(eks), lambda: f"{_cluster(person)}", within=60)


def _made_not_private(eks: Any) -> bool:
    """EKS takes one update at a time, and the operator may have begun its own."""
    private = {"endpointPrivateAccess": False}
    try:
        eks.update_cluster_config(name=NAME, resourcesVpcConfig=private)
    except (eks.exceptions.ResourceInUseException, eks.exceptions.InvalidRequestException):
        return False
    return True


def _cluster(person: Person) -> dict[str, Any]:
    told: dict[str, Any] = client(person.sandbox, "eks").describe_cluster(name=NAME)["cluster"]
    return told


def _as_wished(person: Person, groups: dict[str, str]) -> None:
    """Put back, and what is not ours is still there."""
    person.waits_until_ready(NAME)
    eks = client(person.sandbox, "eks")
    group = eks.describe_nodegroup(clusterName=NAME, nodegroupName=groups["cpu"])["nodegroup"]
    assert group["scalingConfig"]["maxSize"] == 2
    assert _cluster(person)["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert "kube-proxy" in eks.list_addons(clusterName=NAME)["addons"]
    assert SOMEBODY in eks.list_access_entries(clusterName=NAME)["accessEntries"]


def _pools_active(status: dict[str, Any]) -> bool:
    return [(p["name"], p["status"]) for p in status["pools"]] == [
        ("system", "ACTIVE"),
        ("cpu", "ACTIVE"),
    ]


def _hands_on_the_roles(person: Person) -> None:
    iam = client(person.sandbox, "iam")
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(STOLEN))
    iam.detach_role_policy(RoleName=f"{NAME}-node-role", PolicyArn=NODE_POLICY)
    iam.attach_role_policy(RoleName=f"{NAME}-node-role", PolicyArn=FOREIGN_POLICY)


def _roles_as_made(person: Person) -> None:
    iam = client(person.sandbox, "iam")
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    assert STRANGER not in json.dumps(trust)
    told = iam.list_attached_role_policies(RoleName=f"{NAME}-node-role")["AttachedPolicies"]
    attached = {policy["PolicyArn"] for policy in told}
    assert {NODE_POLICY, FOREIGN_POLICY} <= attached
    # CloudFormation deletes no role with policies that it did not attach.
    iam.detach_role_policy(RoleName=f"{NAME}-node-role", PolicyArn=FOREIGN_POLICY)


def _made(person: Person) -> dict[str, str]:
    """What the stack holds: ids by logical ids."""
    cloudformation = client(person.sandbox, "cloudformation")
    told = cloudformation.describe_stack_resources(StackName=f"{NAME}-sigopt")["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in told}


def _routes(person: Person, table: str) -> dict[str, Any]:
    (told,) = client(person.sandbox, "ec2").describe_route_tables(RouteTableIds=[table])[
        "RouteTables"
    ]
    return {
        "ways": {r["DestinationCidrBlock"]: r.get("NatGatewayId") for r in told["Routes"]},
        "subnets": {a["SubnetId"] for a in told["Associations"] if a.get("SubnetId")},
        "associations": {a["SubnetId"]: a["RouteTableAssociationId"] for a in told["Associations"]},
    }


def _hands_on_the_network(person: Person) -> list[str]:
    """What is said of it when it is put back; one more route and one more tag stay."""
    ec2, made = client(person.sandbox, "ec2"), _made(person)
    private, public = made["PrivateRouteTable"], made["PublicRouteTable"]
    ec2.delete_route(RouteTableId=private, DestinationCidrBlock=EVERYWHERE)
    ec2.create_route(
        RouteTableId=private, DestinationCidrBlock=THEIRS, NatGatewayId=made["NatGateway"]
    )
    held = _routes(person, private)["associations"]
    ec2.replace_route_table_association(
        AssociationId=held[made["PrivateSubnet0"]], RouteTableId=public
    )
    ec2.disassociate_route_table(AssociationId=held[made["PrivateSubnet1"]])
    subnet = made["PublicSubnet1"]
    ec2.delete_tags(Resources=[subnet], Tags=[{"Key": "kubernetes.io/role/elb"}])
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "theirs", "Value": "stays"}])
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
    table = "route table of the private subnet"
    return [
        f"default route of the private route table {private}: found none, wanted nat-",
        f"{table} {made['PrivateSubnet0']} in us-west-2a: found {public}, wanted {private}",
        f"{table} {made['PrivateSubnet1']} in us-west-2b: found none of its own, wanted {private}",
        f"tag kubernetes.io/role/elb of the public subnet {subnet} in us-west-2b: found none",
        f"public addresses for what starts in the public subnet {subnet} in us-west-2b: found off",
    ]


def _network_as_made(person: Person) -> None:
    ec2, made = client(person.sandbox, "ec2"), _made(person)
    nat = made["NatGateway"]
    routes = _routes(person, made["PrivateRouteTable"])
    assert routes["ways"] == {"10.20.16.0/20": None, EVERYWHERE: nat, THEIRS: nat}
    assert routes["subnets"] == {made[f"PrivateSubnet{i}"] for i in range(3)}
    (subnet,) = ec2.describe_subnets(SubnetIds=[made["PublicSubnet1"]])["Subnets"]
    tags = {tag["Key"]: tag["Value"] for tag in subnet["Tags"]}
    assert (tags["kubernetes.io/role/elb"], tags["theirs"]) == ("1", "stays")
    assert subnet["MapPublicIpOnLaunch"] is True


def _a_nat_gateway_that_is_gone_is_told_with_the_way_out(person: Person) -> None:
    made = _made(person)
    client(person.sandbox, "ec2").delete_nat_gateway(NatGatewayId=made["NatGateway"])
    person.waits(NAME, _cut_off, "it says that the NAT gateway is gone")
    told = person.condition(NAME, "NetworkReady")["message"]
    assert f"the NAT gateway {made['NatGateway']} is gone" in told
    assert "aws ec2 create-nat-gateway --region us-west-2 --subnet-id subnet-" in told
    assert person.condition(NAME, "NodePoolsReady")["status"] == "True"


def _cut_off(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "NetworkIncomplete" for c in status.get("conditions", ()))


def _a_colleague_gets_in_again_when_the_access_role_was_made_again(
    person: Person, directory: Path
) -> None:
    """Of the same name and with the same rights, it has another unique id."""
    assert _gets_in(person, directory)
    for again in (_made_again_by_hand, _removed):
        before = _entry(person)["accessEntryArn"]
        again(person)
        eventually(
            lambda before=before: _entry(person).get("accessEntryArn", before) != before,  # type: ignore[misc] # an argument's default binds the loop's value
            lambda: f"another entry: {_entry(person)}, {_all_events(person)}",
            within=120,
        )
        eventually(
            lambda: _gets_in(person, directory), lambda: "a colleague gets in again", within=60
        )
    _told(person, f"repaired access entry of arn:aws:iam::111122223333:role/{ROLE}: found made 20")


def _nodes_whose_role_was_made_again_get_in_by_the_commands_that_are_told(person: Person) -> None:
    """EKS keeps the entry that it made for the earlier role: nobody but a person may delete it."""
    before = _groups(person)
    assert len(before) == 2
    eventually(lambda: _node_role_removed(person), lambda: "the role is deleted", within=60)
    person.waits(NAME, _dead, "it says that no new node gets in")
    told = person.condition(NAME, "AccessReady")["message"]
    assert all(f"--nodegroup-name {name}" in told for name in before)
    for command in told.split("`")[1].split(" && "):
        env = os.environ | person.sandbox.env()
        subprocess.run(shlex.split(command), env=env, check=True, capture_output=True, timeout=90)
    person.waits(NAME, lambda s: not _dead(s), "its entry is made anew")
    eventually(
        lambda: _all_anew(before, _groups(person)),
        lambda: f"other node groups than {before}: {_groups(person)}",
        within=120,
    )
    person.waits(NAME, _pools_active, "it sees them")
    person.waits_until_ready(NAME)


def _groups(person: Person) -> dict[str, str]:
    """ARNs of the node groups that work, by name: one that is made anew has another."""
    eks, found = client(person.sandbox, "eks"), {}
    for name in eks.list_nodegroups(clusterName=NAME)["nodegroups"]:
        with suppress(eks.exceptions.ResourceNotFoundException):
            told = eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"]
            if told["status"] == "ACTIVE":
                found[name] = told["nodegroupArn"]
    return found


def _all_anew(before: dict[str, str], now: dict[str, str]) -> bool:
    return before.keys() == now.keys() and all(now[name] != arn for name, arn in before.items())


def _node_role_removed(person: Person) -> bool:
    """IAM deletes no role that something holds; the operator may have given a policy back."""
    iam, role = client(person.sandbox, "iam"), f"{NAME}-node-role"
    for profile in iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    with suppress(iam.exceptions.DeleteConflictException):
        iam.delete_role(RoleName=role)
        return True
    return False


def _dead(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "AccessEntryDead" for c in status.get("conditions", ()))


def _made_again_by_hand(person: Person) -> None:
    iam = client(person.sandbox, "iam")
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    rights = iam.get_role_policy(RoleName=ROLE, PolicyName="describe-cluster")["PolicyDocument"]
    _removed(person)
    # Where the operator was quicker, it is made again all the same.
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(
        RoleName=ROLE, PolicyName="describe-cluster", PolicyDocument=json.dumps(rights)
    )


def _removed(person: Person) -> None:
    iam = client(person.sandbox, "iam")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="describe-cluster")
    iam.delete_role(RoleName=ROLE)


def _entry(person: Person) -> dict[str, Any]:
    eks = client(person.sandbox, "eks")
    arn = f"arn:aws:iam::111122223333:role/{ROLE}"
    try:
        told: dict[str, Any] = eks.describe_access_entry(clusterName=NAME, principalArn=arn)
    except eks.exceptions.ResourceNotFoundException:
        return {}
    return dict(told["accessEntry"])


def _gets_in(person: Person, directory: Path) -> bool:
    return inside(person, NAME, directory)("get", "nodes").status == 0

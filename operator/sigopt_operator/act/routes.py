"""The network inside a stack, put back by EC2 itself.

CloudFormation made it, but an update with the same template changes nothing, whatever was done to
it meanwhile. Each may be repeated: a route or an association that is there already is for the next
look to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import is_code
from sigopt_operator.plan.actions import GiveRoutes, LeadOut, MendSubnet
from sigopt_operator.plan.network.vpc import EVERYWHERE

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import TagTypeDef

THERE_ALREADY = ("RouteAlreadyExists", "Resource.AlreadyAssociated")
GONE_MEANWHILE = ("InvalidAssociationID.NotFound",)


def lead_out(clients: Clients, action: LeadOut) -> None:
    """Make or replace the default route."""
    call = clients.ec2.replace_route if action.instead else clients.ec2.create_route
    with _changed_meanwhile():
        if action.nat:
            call(
                RouteTableId=action.name,
                DestinationCidrBlock=EVERYWHERE,
                NatGatewayId=action.gateway,
            )
        else:
            call(
                RouteTableId=action.name, DestinationCidrBlock=EVERYWHERE, GatewayId=action.gateway
            )


def give_routes(clients: Clients, action: GiveRoutes) -> None:
    """Associate the subnet with its table."""
    with _changed_meanwhile():
        if action.instead_of:
            clients.ec2.replace_route_table_association(
                AssociationId=action.instead_of, RouteTableId=action.table
            )
        else:
            clients.ec2.associate_route_table(SubnetId=action.name, RouteTableId=action.table)


def mend_subnet(clients: Clients, action: MendSubnet) -> None:
    """Write the tags and the attribute."""
    if action.tags:
        tags: list[TagTypeDef] = [{"Key": k, "Value": v} for k, v in action.tags.items()]
        clients.ec2.create_tags(Resources=[action.name], Tags=tags)
    if action.public_addresses is not None:
        clients.ec2.modify_subnet_attribute(
            SubnetId=action.name, MapPublicIpOnLaunch={"Value": action.public_addresses}
        )


@contextmanager
def _changed_meanwhile() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if not is_code(error, *THERE_ALREADY, *GONE_MEANWHILE):
            raise

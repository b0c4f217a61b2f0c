"""Taking over: our tags on what somebody else made, and nothing else about it changed."""

from __future__ import annotations

from sigopt_operator.aws.clients import Clients
from sigopt_operator.plan.actions import TakeOver


def take_over(clients: Clients, action: TakeOver) -> None:
    """Add the tags; other tags stay. What EC2 has goes by its id, what EKS has by its ARN."""
    if action.id.startswith("arn:"):
        clients.eks.tag_resource(resourceArn=action.id, tags=dict(action.tags))
    else:
        clients.ec2.create_tags(
            Resources=[action.id],
            Tags=[{"Key": key, "Value": value} for key, value in action.tags.items()],
        )

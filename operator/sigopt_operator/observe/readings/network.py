"""What is read of the network and the roles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sigopt_operator.observe.network import read_role, read_stack, read_subnets
from sigopt_operator.observe.readings.recall import A_DAY, Recall, always
from sigopt_operator.plan.network import COMPLETE
from sigopt_operator.plan.roles import RoleDesign
from sigopt_operator.plan.snapshot import Role, Stack, Subnet

OF_A_ROLE = 2
"""Calls."""


@dataclass(frozen=True)
class NetworkReadings(Recall):
    """Of the stack, of subnets and of roles."""

    def stack(self, name: str) -> Stack | None:
        """The CloudFormation stack."""
        return self._recall(
            "Network",
            name,
            lambda: read_stack(self.clients, name),
            lambda stack: stack is not None and stack.status in COMPLETE,
            fresh_for=self._rarely,
            cost=2,
        )

    def subnets(self, ids: tuple[str, ...]) -> tuple[Subnet, ...]:
        """Subnets that exist, of somebody's network."""
        return self._recall(
            "Subnets",
            " ".join(ids),
            lambda: read_subnets(self.clients, ids),
            lambda found: len(found) == len(ids),
            fresh_for=A_DAY,
        )

    def roles(self, designs: tuple[RoleDesign, ...]) -> dict[str, Role | None]:
        """The roles whose turn it is, by name: a round that has no calls to spare looks at none."""
        return {
            role.name: self.role(role)
            for role in designs
            if self.memory.spare("Network", role.name, cost=OF_A_ROLE)
        }

    def role(self, design: RoleDesign) -> Role | None:
        """One role, as far as it is designed."""
        return self._recall(
            "Network",
            design.name,
            partial(read_role, self.clients, design.name, tuple(design.inline)),
            always,
            fresh_for=self._rarely,
            cost=OF_A_ROLE,
        )

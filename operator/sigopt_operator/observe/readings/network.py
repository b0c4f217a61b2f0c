"""What is read of the network and the roles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from sigopt_operator.observe.memory import ROUTES
from sigopt_operator.observe.network import read_role, read_stack, read_subnets, read_trust
from sigopt_operator.observe.reading import SHORT
from sigopt_operator.observe.readings.recall import A_DAY, Recall, always
from sigopt_operator.observe.vpc import read_gateways, read_vpc
from sigopt_operator.plan.network.part import COMPLETE
from sigopt_operator.plan.network.roles import RoleDesign
from sigopt_operator.plan.network.vpc import vpc_id_of, way_out_amiss
from sigopt_operator.plan.snapshot import Role, Stack, Subnet, Vpc

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

    def vpc(self, stack: Stack) -> Vpc | None:
        """The network inside the stack; None where there is none, or it is not its turn.

        Where a way out is amiss, the gateways too, and again every minute.
        """
        vpc_id = vpc_id_of(stack)
        if vpc_id is None or not self._spare("Network", ROUTES, cost=2):
            return None

        def read() -> Vpc:
            found = read_vpc(self.clients, vpc_id)
            if not way_out_amiss(stack, found):
                return found
            return replace(found, gateways=read_gateways(self.clients, vpc_id))

        return self._recall(
            "Network",
            ROUTES,
            read,
            always,
            fresh_for=lambda vpc: self._rarely if vpc.gateways is None else SHORT,
            cost=2,
        )

    def roles(self, designs: tuple[RoleDesign, ...]) -> dict[str, Role | None]:
        """The roles whose turn it is, by name: a round that has no calls to spare looks at none."""
        return {
            role.name: self._recall(
                "Network",
                role.name,
                partial(read_role, self.clients, role.name, tuple(role.inline)),
                always,
                fresh_for=self._rarely,
                cost=OF_A_ROLE,
            )
            for role in designs
            if self._spare("Network", role.name, cost=OF_A_ROLE)
        }

    def trust_of(self, name: str) -> Role | None:
        """A role with its trust alone."""
        read = partial(read_trust, self.clients, name)
        return self._recall("Network", name, read, always, fresh_for=self._rarely)

"""Who manages a resource: another identity than before takes nothing on trust.

With other credentials the operator is somebody else to AWS, who needs an access entry, and whom the
access role has to trust where the spec says who may assume it, while the former one has to lose
both. So for the one who comes nothing was ever as wished, and everything is looked at before Ready
is said: otherwise the look at roles and entries would wait for its turn, a quarter of an hour, with
the former identity still let in.
"""

from __future__ import annotations

from dataclasses import replace

from sigopt_operator.plan.snapshot import Identity
from sigopt_operator.plan.wish import Wish

NEVER = 0
"""The fulfilled generation under another identity than the present one: no generation is 0."""


def managed_by(want: Wish, who: Identity) -> Wish:
    """The wish as it stands for whoever manages it now."""
    if want.operator_arn is None or want.operator_arn == who.principal_arn:
        return want
    return replace(want, fulfilled=False, leftovers=True)

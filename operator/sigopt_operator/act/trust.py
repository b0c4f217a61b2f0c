"""The trust of the access role, written through IAM."""

from __future__ import annotations

import json
import re

from botocore.exceptions import ClientError

from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, is_code, message_of
from sigopt_operator.plan.access.trust import trust_of
from sigopt_operator.plan.actions import TrustPrincipals
from sigopt_operator.plan.trouble import Kind, Trouble

NOT_KNOWN = re.compile(r'Invalid principal in policy: "AWS":"([^"]+)"')
"""IAM refuses a whole policy for one principal that it does not know, and names it (seen by users,
hashicorp/terraform-provider-aws issue 12436)."""


def trust_principals(clients: Clients, action: TrustPrincipals) -> None:
    """Write the trust with all whom IAM knows; AwsError(PrincipalNotFound) then names the others.

    Found by trying: a principal of another account cannot be asked for.
    """
    known, unknown = list(action.principals), []
    while (refused := _write(clients, action, known)) is not None:
        known.remove(refused)
        unknown.append(refused)
    if unknown:
        told = (
            f"spec.access.principals: IAM knows no {', '.join(unknown)}. All others may assume "
            f"{action.name}. Mend the ARN or take it out; if it was made just now, IAM knows it in "
            f"a minute, and it is let in then."
        )
        raise AwsError(Trouble(Kind.REFUSED, "PrincipalNotFound", told, "UpdateAssumeRolePolicy"))


def _write(clients: Clients, action: TrustPrincipals, principals: list[str]) -> str | None:
    """Write it with these; the one of them that IAM does not know, if that is why it refuses."""
    trusted = sorted({action.operator, *principals})
    if action.present == tuple(trusted):
        return None
    try:
        clients.iam.update_assume_role_policy(
            RoleName=action.name, PolicyDocument=json.dumps(trust_of(trusted))
        )
    except ClientError as error:
        named = NOT_KNOWN.search(message_of(error))
        if is_code(error, "MalformedPolicyDocument") and named and named[1] in principals:
            return named[1]
        raise
    return None

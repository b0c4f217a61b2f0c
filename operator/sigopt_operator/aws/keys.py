"""The access key in a resource's Secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.plan.trouble import Kind, Trouble

KEY_ID = "aws_access_key_id"
SECRET_KEY = "aws_secret_access_key"  # noqa: S105 - the name of a key, not its value
SESSION_TOKEN = "aws_session_token"  # noqa: S105 - the name of a key, not its value

SecretReader = Callable[[str, str], Mapping[str, bytes] | None]
"""Reads a Secret's data by namespace and name; None where there is none."""

_FORMS = {KEY_ID: r"\w{1,128}", SECRET_KEY: r"[!-~]{1,1024}", SESSION_TOKEN: r"[!-~]{1,16384}"}
"""What each has to look like (IAM API reference, "AccessKey"; STS, "Credentials"): a token is
as a rule below 4,096 characters, and one that is too long for a header never comes to be refused by
AWS. A line break would begin another header of the request. A secret in the place of the id is sent
in the clear, and IAM says it again if it has a slash: "Credential must have exactly 5
slash-delimited elements"."""
_NEEDED = f"keys {KEY_ID} and {SECRET_KEY}"


def read_keys(read_secret: SecretReader, namespace: str, secret: str) -> dict[str, str]:
    """The keys by their names; AwsError(CREDENTIALS) says what is wrong with the Secret."""
    data = read_secret(namespace, secret)
    where = f"spec.aws.credentialsSecretRef: Secret {namespace}/{secret}"
    if data is None:
        raise _unusable("SecretMissing", f"{where} does not exist; create it with {_NEEDED}")
    missing = [key for key in (KEY_ID, SECRET_KEY) if not data.get(key, b"").strip()]
    if missing:
        told = f"{where} lacks {' and '.join(missing)}; it needs {_NEEDED}"
        raise _unusable("SecretIncomplete", told)
    found = {key: data[key].decode("ascii", "replace").strip() for key in _FORMS if data.get(key)}
    odd = [key for key, value in found.items() if not re.fullmatch(_FORMS[key], value, re.ASCII)]
    if odd:
        told = f"{where} has what cannot be one in {' and '.join(odd)}; it needs {_NEEDED}"
        raise _unusable("SecretUnreadable", told)
    return found


def _unusable(code: str, message: str) -> AwsError:
    return AwsError(Trouble(Kind.CREDENTIALS, code, message, "credentials"))

"""What looks like a secret never gets into a log, an event or a status."""

import re
from typing import Final

MASK: Final = "[redacted]"

_NAMED = re.compile(
    r"""(?ix)
    ( (?: aws_?secret_?access_?key | secret_?access_?key | aws_?session_?token | session_?token
        | x-amz-(?: signature | security-token | credential ) | authorization | password )
      [\\"']* \s* (?: = | : | %3D ) \s* (?: b (?=["']) )? [\\"']*
      (?: (?: bearer | basic | aws4-hmac-sha256 ) \s+ )? [\\"']* )
    [^\s\\"',;&}]+
    """
)
"""A value after a name that says what it is: in a header, a query string, a dict, an ini file."""

_TOKENS = re.compile(
    r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|LS0tLS1CRUdJTi[\w+/=]+"  # "-----BEGIN " in base64, as in a kubeconfig
    r"|YXBpVmVyc2lvbjog[\w+/=]+"  # "apiVersion: " in base64, as a Secret has a kubeconfig
    r"|[^\s'\"=,;]+(?=/\d{8}/[a-z0-9-]+/[a-z0-9-]+/aws4_request)"  # whoever signed
    r"|\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[\w+/=]*"  # how STS's session tokens begin
    r"|\bk8s-aws-v1\.[\w-]+"  # a presigned URL is inside
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # names the owner of a secret
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"  # a service account's token
)

_BARE = re.compile(r"(?<![\w/+=-])(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[A-Za-z0-9/+]{40}(?![\w/+=-])")
"""The form of a secret access key: 40 characters of base64, of all three kinds (a digest in hex
has no capitals)."""


def redact(text: str) -> str:
    """The text with everything masked that has the form of an AWS or Kubernetes secret.

    The forms: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, and
    git-secrets' patterns for AWS. A key's id is masked too: it is no secret, but says whose it is.
    """
    for pattern, mask in ((_NAMED, rf"\1{MASK}"), (_TOKENS, MASK), (_BARE, MASK)):
        text = pattern.sub(mask, text)
    return text

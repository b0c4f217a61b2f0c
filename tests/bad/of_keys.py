"""Secrets with keys that are none."""

from __future__ import annotations

from tests.bad.wish import INTRUDER, KEYS, of_keys

OF_KEYS = (
    of_keys("keys that are not there", "SecretMissing", "does not exist; create it", None),
    of_keys(
        "a Secret with nothing in it",
        "SecretIncomplete",
        "aws_access_key_id and aws_secret_access_key",
        {},
    ),
    of_keys(
        "half a key",
        "SecretIncomplete",
        "lacks aws_secret_access_key",
        {"aws_access_key_id": b"AKIA"},
    ),
    of_keys("keys that are empty", "SecretIncomplete", "lacks", dict.fromkeys(KEYS, b"")),
    of_keys("keys that are blank", "SecretIncomplete", "lacks", dict.fromkeys(KEYS, b" \n\t ")),
    of_keys(
        "keys called as in the environment",
        "SecretIncomplete",
        "lacks",
        {k.upper(): v for k, v in KEYS.items()},
    ),
    of_keys(
        "keys called as in the console",
        "SecretIncomplete",
        "lacks",
        {"accessKey": b"AKIA", "secretKey": b"canary-1"},
    ),
    of_keys(
        "a certificate for keys",
        "SecretIncomplete",
        "lacks",
        {"tls.crt": INTRUDER.certificate.encode(), "tls.key": INTRUDER.key.encode()},
        type="kubernetes.io/tls",
    ),
    of_keys(
        "a login for keys",
        "SecretIncomplete",
        "lacks",
        {"username": b"ann", "password": b"canary-2"},
        type="kubernetes.io/basic-auth",
    ),
    of_keys(
        "a key of bytes",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b"\x00\xff\xfe"},
    ),
    of_keys(
        "a key with a header of its own",
        "SecretUnreadable",
        "aws_secret_access_key",
        {**KEYS, "aws_secret_access_key": b"canary-3\r\nX-Amz-Evil: 1"},
    ),
    of_keys(
        "a key in quotes",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b'"AKIAIOSFODNN7EXAMPLE"'},
    ),
    of_keys(
        "the line of a file for a key",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": b"aws_access_key_id = AKIA"},
    ),
    of_keys(
        "a key in UTF-16",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": "AKIA".encode("utf-16")},
    ),
    of_keys(
        "a key with another letter A",
        "SecretUnreadable",
        "aws_access_key_id",
        {**KEYS, "aws_access_key_id": "\u0410KIA".encode()},
    ),
    of_keys(
        "the keys the wrong way round",
        "SecretUnreadable",
        "aws_access_key_id",
        {"aws_access_key_id": b"canary/4", "aws_secret_access_key": b"AKIAIOSFODNN7EXAMPLE"},
    ),
    of_keys("keys of nobody", "CredentialsRefused", "AWS refuses the credentials", KEYS),
    of_keys(
        "a token of a session beside keys that are none",
        "CredentialsRefused",
        "AWS refuses the credentials",
        {**KEYS, "aws_session_token": b"canary-5"},
    ),
    of_keys(
        "a secret of almost a megabyte",
        "SecretUnreadable",
        "aws_secret_access_key",
        {**KEYS, "aws_secret_access_key": b"canary-" + b"x" * 900_000},
    ),
    of_keys(
        "a token of almost a megabyte",
        "SecretUnreadable",
        "aws_session_token",
        {**KEYS, "aws_session_token": b"canary-" + b"x" * 900_000},
    ),
)

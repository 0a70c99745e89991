"""Signed statements: a JSON Web Signature that travels as an attachment (xAPI 1.0.3 Data §2.6)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from xapi.attachments import SIGNATURE
from xapi.comparison import same_statement
from xapi.errors import ContentInvalid, SignatureInvalid, StatementInvalid
from xapi.strict_json import parse_json
from xapi.validation import Version, validate

_ALGORITHMS = ("RS256", "RS384", "RS512")
_CONTENT_TYPE = "application/octet-stream"


def check_signatures(statement: Mapping[str, Any], contents: Mapping[str, bytes], version: Version) -> None:
    """Refuse a valid statement with a signature that is malformed, signs something else, or is forged.

    The signature is checked by the certificate that comes with it (`x5c`); without one there is nobody to ask,
    and only its form and what it signs are. Raises `SignatureInvalid`.
    """
    attached = statement.get("attachments", ())
    for position, attachment in enumerate(attached):
        if attachment["usageType"] != SIGNATURE:
            continue
        path = f"attachments[{position}]"
        token = contents.get(attachment["sha2"].lower())
        if attachment["contentType"] != _CONTENT_TYPE or token is None:
            raise SignatureInvalid(path)
        signed = _signed(token, path)
        before = dict(statement) | {"attachments": [item for item in attached if item["usageType"] != SIGNATURE]}
        if not before["attachments"]:
            del before["attachments"]
        try:
            validate(signed, version=version)
        except StatementInvalid as error:
            raise SignatureInvalid(path) from error
        if not same_statement(signed, before) or str(signed.get("id", "")).lower() not in ("", before_id(before)):
            raise SignatureInvalid(path)


def before_id(statement: Mapping[str, Any]) -> str:
    """The statement's id in lower case; nothing where it came without."""
    return str(statement.get("id", "")).lower()


def _signed(token: bytes, path: str) -> dict[str, Any]:
    """What a compact JWS signs (RFC 7515 §5.2)."""
    jws = PyJWS(algorithms=list(_ALGORITHMS))
    try:
        found = jws.decode_complete(token, options={"verify_signature": False})
        header = found["header"]
        if header.get("alg") not in _ALGORITHMS:
            raise SignatureInvalid(path)
        if "x5c" in header:
            jws.decode_complete(token, _public_key(header["x5c"]), algorithms=[header["alg"]])
        value = parse_json(found["payload"])
    except (PyJWTError, ContentInvalid, ValueError, TypeError) as error:
        raise SignatureInvalid(path) from error
    if not isinstance(value, dict):
        raise SignatureInvalid(path)
    return value


def _public_key(chain: object) -> RSAPublicKey:
    """The key of the certificate that signed, the first of its chain (RFC 7515 §4.1.6)."""
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        raise ValueError
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True)).public_key()
    except binascii.Error as error:
        raise ValueError from error
    if not isinstance(key, RSAPublicKey):
        raise TypeError
    return key

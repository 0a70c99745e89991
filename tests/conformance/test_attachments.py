"""Attachments with their contents both ways, and signed statements."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256, sha384
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lrs import COURSE, NOW, Lrs, basic, minimal, refused
from werkzeug.test import TestResponse

from lti_tool.database import Database
from xapi.attachments import SIGNATURE
from xapi.multipart import compose_multipart, parse_multipart
from xapi.store import Scope

TEXT = b"one\r\n--b\r\ntwo\x00\xff\r\n"


def attached(content: bytes, **more: Any) -> dict[str, Any]:
    made = {
        "usageType": "https://a.example/usage/proof",
        "display": {"fr": "Preuve"},
        "contentType": "text/plain; charset=utf-8",
        "length": len(content),
        "sha2": sha256(content).hexdigest(),
    }
    return made | more


def part(content: bytes, **more: str) -> tuple[Mapping[str, str], bytes]:
    headers = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha256(content).hexdigest(),
    }
    return {name: value for name, value in (headers | more).items() if value}, content


def send(lrs: Lrs, value: object, *parts: tuple[Mapping[str, str], bytes], **more: Any) -> TestResponse:
    def everything() -> Iterator[tuple[Mapping[str, str], bytes]]:
        yield {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value).encode()
        yield from parts

    body = b"".join(compose_multipart("=_boundary", everything()))
    headers = {"Content-Type": 'multipart/mixed; charset="x"; boundary="=_boundary"'}
    return lrs.ask(more.pop("method", "POST"), "/statements", data=body, headers=headers, **more)


def contents(response: TestResponse) -> dict[str, bytes]:
    first, *others = parse_multipart(response.content_type or "", response.data)
    assert first.headers["content-type"] == "application/json"
    assert all(other.headers["content-transfer-encoding"] == "binary" for other in others)
    return {other.headers["x-experience-api-hash"]: other.content for other in others}


def test_a_content_comes_back_with_its_statement(lrs: Lrs) -> None:
    inner = minimal(attachments=[attached(b"inner")]) | {"objectType": "SubStatement"}
    statement = minimal(1, object=inner, attachments=[attached(TEXT), attached(TEXT, display={"en": "Again"})])
    assert send(lrs, statement, part(TEXT), part(b"inner")).status_code == 200
    response = lrs.ask("GET", "/statements", query={"statementId": str(UUID(int=1)), "attachments": "true"})
    assert contents(response) == {sha256(TEXT).hexdigest(): TEXT, sha256(b"inner").hexdigest(): b"inner"}
    (first, *_others) = parse_multipart(response.content_type or "", response.data)
    assert json.loads(first.content)["id"] == str(UUID(int=1))
    plain = lrs.ask("GET", "/statements", query={"statementId": str(UUID(int=1)), "attachments": "false"})
    assert plain.content_type == "application/json"


def test_a_page_gives_each_content_once(lrs: Lrs) -> None:
    for number in (1, 2, 3):
        send(lrs, minimal(number, attachments=[attached(TEXT)]), part(TEXT))
    response = lrs.ask("GET", "/statements", query={"attachments": "true", "limit": "2"})
    assert contents(response) == {sha256(TEXT).hexdigest(): TEXT}
    more = json.loads(parse_multipart(response.content_type or "", response.data)[0].content)["more"]
    assert contents(
        lrs.client.get(more, headers={"Authorization": lrs.credential, "X-Experience-API-Version": "1.0.3"})
    )


def test_a_batch_and_a_put_may_bring_contents(here: Lrs) -> None:
    large = attached(b"x", sha2=sha384(b"x").hexdigest().upper())
    batch = [minimal(1, attachments=[attached(TEXT)]), minimal(2), minimal(3, attachments=[large])]
    hash_of_x = part(b"x", **{"X-Experience-API-Hash": sha384(b"x").hexdigest()})
    assert send(here, batch, part(TEXT), hash_of_x).status_code == 200
    query = {"statementId": str(UUID(int=4))}
    assert send(here, minimal(attachments=[attached(TEXT)]), part(TEXT), method="PUT", query=query).status_code == 204
    response = here.ask("GET", "/statements", query=query | {"attachments": "true"})
    assert contents(response) == {sha256(TEXT).hexdigest(): TEXT}


def test_a_content_elsewhere_needs_no_part(here: Lrs) -> None:
    elsewhere = minimal(1, attachments=[attached(TEXT, fileUrl="https://a.example/proof")])
    assert here.post(elsewhere).status_code == 200
    assert send(here, minimal(2)).status_code == 200
    assert contents(here.ask("GET", "/statements", query={"attachments": "true"})) == {}


def test_a_content_that_is_missing_is_named(here: Lrs) -> None:
    bad = minimal(attachments=[attached(b"here"), attached(TEXT)])
    assert refused(send(here, bad, part(b"here"))) == ("statement-invalid", "attachments[1]")
    assert refused(send(here, [minimal(), bad], part(b"here"))) == ("statement-invalid", "[1].attachments[1]")
    assert refused(here.post(minimal(attachments=[attached(TEXT)]))) == ("statement-invalid", "attachments[0]")
    assert here.numbers() == []


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ([part(TEXT), part(b"nobody's")], "part[2].X-Experience-API-Hash"),
        ([part(TEXT, **{"X-Experience-API-Hash": sha256(b"other").hexdigest()})], "part[1].X-Experience-API-Hash"),
        ([part(TEXT, **{"X-Experience-API-Hash": "é" * 64})], "part[1].X-Experience-API-Hash"),
        ([part(TEXT, **{"X-Experience-API-Hash": ""})], "part[1].X-Experience-API-Hash"),
        ([part(TEXT, **{"Content-Transfer-Encoding": "base64"})], "part[1].Content-Transfer-Encoding"),
        ([part(TEXT, **{"Content-Transfer-Encoding": ""})], "part[1].Content-Transfer-Encoding"),
    ],
)
def test_a_part_that_is_no_attachment_is_named(here: Lrs, parts: list[Any], named: str) -> None:
    assert refused(send(here, minimal(attachments=[attached(TEXT)]), *parts)) == ("content-invalid", named)
    assert here.numbers() == []


def test_a_digest_alone_does_not_give_anothers_content(lrs: Lrs, database: Database) -> None:
    a, b = (Lrs(lrs.client, basic(database, "all", restrict=Scope(school=name))) for name in ("A", "B"))
    send(a, minimal(1, attachments=[attached(TEXT)]), part(TEXT))
    b.post(minimal(2, attachments=[attached(TEXT, fileUrl="https://b.example/x")]))
    assert contents(a.ask("GET", "/statements", query={"attachments": "true"})) != {}
    assert contents(b.ask("GET", "/statements", query={"attachments": "true"})) == {}


# Signed statements


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=365))
    return base64.b64encode(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)).decode()


def sign(lrs: Lrs, statement: Any, payload: bytes, key: Any, *, algorithm: str = "RS256", **more: Any) -> TestResponse:
    token = jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers=more.pop("headers", None)).encode()
    return carry(lrs, statement, token, **more)


def carry(lrs: Lrs, statement: Any, token: bytes, **more: Any) -> TestResponse:
    given = {"usageType": SIGNATURE, "contentType": "application/octet-stream"} | more
    return send(
        lrs, statement | {"attachments": [attached(token, **given), *statement.get("attachments", [])]}, part(token)
    )


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signed_statement_is_accepted(here: Lrs, key: rsa.RSAPrivateKey, algorithm: str) -> None:
    other = attached(b"x", fileUrl="https://a.example/x")
    statement = minimal(1, result={"duration": "PT0.129S"}, attachments=[other])
    signed = statement | {"result": {"duration": "PT0.12S"}}
    headers = {"x5c": [certificate(key)]}
    assert (
        sign(here, statement, json.dumps(signed).encode(), key, algorithm=algorithm, headers=headers).status_code == 200
    )
    assert sign(here, minimal(2), json.dumps(minimal(2)).encode(), key, algorithm=algorithm).status_code == 200


def test_a_bad_signature_is_refused(here: Lrs, key: rsa.RSAPrivateKey) -> None:
    good = json.dumps(minimal(1)).encode()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for response in (
        sign(here, minimal(1), good, key, contentType="text/plain"),
        sign(here, minimal(1), json.dumps(minimal(2)).encode(), key),
        sign(here, minimal(1), json.dumps(minimal(1, object={"id": COURSE + "/2"})).encode(), key),
        sign(here, minimal(1), good.replace(b'"', b"'", 1), key),
        sign(here, minimal(1), b"[1]", key),
        sign(here, minimal(1), b'{"actor": 1}', key),
        sign(here, minimal(1), good, "a secret that is long enough to be taken", algorithm="HS256"),
        sign(here, minimal(1), good, key, algorithm="PS256"),
        sign(here, minimal(1), good, key, headers={"x5c": [certificate(other)]}),
        sign(here, minimal(1), good, key, headers={"x5c": ["AAAA"]}),
        sign(here, minimal(1), good, key, headers={"x5c": "é"}),
        sign(here, minimal(1), good, key, headers={"x5c": []}),
        carry(here, minimal(1), b"not.a.token"),
        carry(here, minimal(1), b"\xff"),
    ):
        assert refused(response) == ("signature-invalid", "attachments[0]")
    assert here.numbers() == []


def test_a_signature_must_be_here_to_be_seen(here: Lrs) -> None:
    elsewhere = attached(
        b"x", usageType=SIGNATURE, contentType="application/octet-stream", fileUrl="https://a.example/s"
    )
    assert refused(here.post(minimal(attachments=[elsewhere])))[0] == "signature-invalid"

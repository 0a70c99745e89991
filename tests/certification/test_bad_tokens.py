"""Tokens that are refused for how they are made: header, algorithm, key, signature.

1EdTech's certification list (« No KID », « Incorrect KID ») and what PyLTI1p3 leaves to a careful tool.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fake_platform import redirecting, saying
from front_door import reference
from verdicts import Door, check_page


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_a_token_without_a_kid_is_refused(door: Door) -> None:
    door.refuses("token-malformed", header={"kid": None})


def test_a_token_with_an_unknown_kid_is_refused(door: Door) -> None:
    door.refuses("key-unknown", header={"kid": "imstester_66067"})


def test_a_token_with_an_empty_kid_is_refused(door: Door) -> None:
    door.refuses("token-malformed", header={"kid": ""})


def test_a_token_whose_kid_is_a_number_is_refused(door: Door) -> None:
    door.refuses("token-malformed", header={"kid": 7})


def test_a_token_whose_kid_is_very_long_is_refused(door: Door) -> None:
    door.refuses("token-malformed", header={"kid": "k" * 300})


def test_a_token_whose_kid_is_a_path_is_refused(door: Door) -> None:
    door.refuses("key-unknown", header={"kid": "../../../../etc/passwd"})


def test_a_token_signed_by_a_stranger_under_a_known_kid_is_refused(
    door: Door, platform_keys: dict[str, RSAPrivateKey]
) -> None:
    door.refuses("signature-invalid", key=platform_keys["stranger"])


def test_a_token_that_brings_its_own_key_is_refused(door: Door, platform_keys: dict[str, RSAPrivateKey]) -> None:
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(platform_keys["stranger"].public_key()))
    door.refuses("signature-invalid", key=platform_keys["stranger"], header={"jwk": own})


def test_a_token_that_says_where_its_key_is_is_refused(door: Door, platform_keys: dict[str, RSAPrivateKey]) -> None:
    elsewhere = f"{door.platform.url}/strangers-jwks"
    door.refuses("signature-invalid", key=platform_keys["stranger"], header={"jku": elsewhere, "x5u": elsewhere})
    assert door.platform.calls("/strangers-jwks") == []


def test_a_token_whose_body_was_changed_is_refused(door: Door) -> None:
    started = door.begin()
    head, _body, signature = door.sign(started).split(".")
    body = part(door.platform.claims(started, {"sub": "somebody-else"}))
    door.refuses_token("signature-invalid", started, f"{head}.{body}.{signature}")


def test_a_token_without_a_signature_is_refused(door: Door) -> None:
    started = door.begin()
    head, body, _signature = door.sign(started).split(".")
    door.refuses_token("signature-invalid", started, f"{head}.{body}.")


def test_a_token_of_alg_none_is_refused(door: Door) -> None:
    started = door.begin()
    for alg in ("none", "None", "NONE", ""):
        token = f"{part({'alg': alg, 'kid': 'key-1', 'typ': 'JWT'})}.{part(door.platform.claims(started))}."
        door.refuses_token("token-malformed", started, token)


def test_a_token_without_alg_is_refused(door: Door) -> None:
    started = door.begin()
    _head, body, signature = door.sign(started).split(".")
    door.refuses_token("token-malformed", started, f"{part({'kid': 'key-1'})}.{body}.{signature}")


def test_a_token_signed_hs256_with_the_public_key_is_refused(door: Door) -> None:
    started = door.begin()
    public = door.platform.keys["key-1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': 'key-1', 'typ': 'JWT'})}.{part(door.platform.claims(started))}"
    signature = part(hmac.new(public, signed.encode(), hashlib.sha256).digest())
    door.refuses_token("token-malformed", started, f"{signed}.{signature}")


def test_a_token_signed_with_another_rsa_algorithm_is_refused(door: Door) -> None:
    started = door.begin()
    for algorithm in ("RS384", "RS512", "PS256"):
        token = jwt.encode(
            door.platform.claims(started), door.platform.keys["key-1"], algorithm=algorithm, headers={"kid": "key-1"}
        )
        door.refuses_token("token-malformed", started, token)


def test_a_token_with_a_critical_extension_that_nobody_knows_is_refused(door: Door) -> None:
    door.refuses("token-malformed", header={"crit": ["urn:example:strict"], "urn:example:strict": True})


def test_a_header_that_is_no_object_is_refused(door: Door) -> None:
    started = door.begin()
    _head, body, signature = door.sign(started).split(".")
    for header in ("a text", ["RS256"], 7, None, True):
        door.refuses_token("token-malformed", started, f"{part(header)}.{body}.{signature}")


def test_a_header_that_is_no_json_is_refused(door: Door) -> None:
    started = door.begin()
    _head, body, signature = door.sign(started).split(".")
    for header in (b"{", b"\xff\xfe", b"[" * 5000, b'{"alg": "RS256", "kid": ' + b"9" * 5000 + b"}"):
        door.refuses_token("token-malformed", started, f"{part(header)}.{body}.{signature}")


def test_a_payload_that_is_no_object_is_refused(door: Door) -> None:
    started = door.begin()
    for payload in (b'"a text"', b"[]", b"7", b"null", b"true"):
        door.refuses_token("token-malformed", started, door.platform.sign(payload))


def test_a_payload_that_is_no_json_is_refused(door: Door) -> None:
    started = door.begin()
    for payload in (b"{", b"\xff\xfe", b"[" * 9000, b'{"iat": ' + b"9" * 5000 + b"}"):
        door.refuses_token("token-malformed", started, door.platform.sign(payload))


def test_what_is_no_token_at_all_is_refused(door: Door) -> None:
    started = door.begin()
    for token in ("x", "a.b", "a.b.c", "....", "é.è.à", "\ud800".encode("utf-8", "replace").decode(), "." * 60):
        door.refuses_token("token-malformed", started, token)


def test_an_encrypted_token_is_refused(door: Door) -> None:
    started = door.begin()
    header = part({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "key-1"})
    door.refuses_token(
        "token-malformed", started, f"{header}.{part(b'key')}.{part(b'iv')}.{part(b'text')}.{part(b'tag')}"
    )


def test_a_launch_without_a_token_is_refused(door: Door) -> None:
    started = door.begin()
    door.refuses_act("token-malformed", lambda: door.browser.post("/lti/launch", {"state": started.state}))


def test_an_empty_token_is_refused(door: Door) -> None:
    door.refuses_token("token-malformed", door.begin(), "")


def test_a_token_with_a_claim_of_a_megabyte_is_refused(door: Door) -> None:
    started, rows = door.begin(), door.installation.rows()
    answer = door.browser.answer(started, door.sign(started, {"name": "Awa" * 350_000}))
    assert answer.status_code == 413
    check_page(answer, "too-large", None)
    assert reference(answer.text) in door.installation.log_text
    assert door.installation.rows() == rows


def test_a_token_larger_than_what_is_read_is_refused(door: Door) -> None:
    door.refuses("token-malformed", {"custom": {"padding": "Awa " * 20_000}})


def test_a_key_set_that_holds_no_key_of_use_is_no_defect(door: Door) -> None:
    for odd in (
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b"",
        b"[" * 5000,
        b'{"keys": null}',
        b'{"keys": {"kid": 1}}',
        b'{"keys": [null, 7, "x", [], {}]}',
        b'{"keys": [{"kid": "key-1"}]}',
        b'{"keys": [{"kid": "key-1", "kty": "RSA"}]}',
        b'{"keys": [{"kid": "key-1", "kty": "RSA", "n": "AQ", "e": "AQAB", "alg": "RS256"}]}',
        b'{"keys": [{"kid": "key-1", "kty": "RSA", "n": 7, "e": [], "alg": "RS256"}]}',
        b'{"keys": [{"kid": "key-1", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}]}',
        b'{"keys": [{"kid": ["key-1"], "kty": "RSA"}]}',
    ):
        door.platform.answers["/jwks"] = saying(odd)
        door.installation.tool.door.jwks.forget(door.platform.jwks_url)
        started = door.begin()
        answer = door.browser.answer(started, door.sign(started))
        assert answer.status_code in {401, 403}, (odd, answer.text)


def test_a_platform_whose_keys_can_not_be_fetched_is_refused_in_words(door: Door) -> None:
    door.platform.answers["/jwks"] = saying("boom", status=500)
    door.refuses("keys-unreachable")


def test_keys_behind_a_redirect_to_another_host_are_not_fetched(door: Door) -> None:
    door.platform.answers["/jwks"] = redirecting("http://localhost.invalid/jwks")
    door.refuses("keys-unreachable")


def test_a_key_that_is_not_for_signatures_is_not_used(door: Door) -> None:
    keys = door.platform.jwks()["keys"]
    door.platform.answers["/jwks"] = saying(json.dumps({"keys": [keys[0] | {"use": "enc"}]}))
    door.refuses("keys-unreachable")

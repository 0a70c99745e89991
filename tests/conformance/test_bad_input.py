"""What no client should send: refused with a reason, in bounded time and memory, nothing of it kept."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lrs import Clock, Lrs, application, basic, minimal, refused

from lti_tool.database import Database

MULTIPART = "multipart/mixed; boundary=b"


def post(lrs: Lrs, body: bytes, content_type: str | None = "application/json") -> Any:
    return lrs.ask("POST", "/statements", data=body, headers={"Content-Type": content_type})


def in_extension(raw: str) -> bytes:
    made = json.dumps(minimal(result={"extensions": {"https://a.example/x": "HERE"}}))
    return made.replace('"HERE"', raw).encode()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b'{"a": 1} x', "body"),
        (json.dumps(minimal()).encode("utf-16"), "body"),
        (b"[" * 100_000 + b"]" * 100_000, "body"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "body"),
        (in_extension("NaN"), "NaN"),
        (in_extension("-Infinity"), "-Infinity"),
        (in_extension("1e999"), "1e999"),
        (in_extension('"\\ud83d"'), "body"),
        (in_extension('{"\\ud83d": 1}'), "body"),
        (in_extension("9" * 10_000), "body"),
        (in_extension('{"a": 1, "a": 1}'), "a"),
        (b'{"actor": {"mbox": "mailto:a@b.example", "mbox": "mailto:c@d.example"}}', "mbox"),
        (in_extension("[" * 200 + "]" * 200), "result.extensions"),
        (b"null", ""),
        (b'"statement"', ""),
        (b"[[]]", ""),
        (b"[null, 1]", "[0]"),
    ],
)  # fmt: skip
def test_json_that_is_none_or_means_two_things_is_refused(here: Lrs, body: bytes, named: str) -> None:
    assert refused(post(here, body))[1] == named
    assert here.numbers() == []


def test_what_json_can_say_is_kept(here: Lrs) -> None:
    assert post(here, in_extension('["\\ud83d\\ude00", "\\u0000", 1e30, null, {}]')).status_code == 200
    (kept,) = here.get()["statements"]
    assert kept["result"]["extensions"]["https://a.example/x"] == ["\U0001f600", "\x00", 1e30, None, {}]


def test_a_body_beyond_the_limit_is_refused_unread(sqlite: Database, clock: Clock) -> None:
    small = Lrs(application(sqlite, clock, max_body=10_000).test_client(), basic(sqlite, "all"))
    assert refused(post(small, b" " * 10_001), 413) == ("too-large", None)
    assert refused(post(small, b" " * 10_001, MULTIPART), 413)[0] == "too-large"
    form = small.ask("POST", "/statements?method=PUT", data=b"x" * 10_001)
    assert refused(form, 413)[0] == "too-large"
    put = small.ask("PUT", "/activities/profile", data=b"x" * 10_001, query={"activityId": "urn:a:b", "profileId": "p"})
    assert refused(put, 413)[0] == "too-large"
    assert post(small, json.dumps(minimal()).encode()).status_code == 200


@pytest.mark.parametrize(("length", "status"), [(10_000, 204), (10_001, 413), (20_000, 413)])
def test_a_body_of_unknown_length_is_refused_beyond_the_limit_not_cut(
    sqlite: Database, clock: Clock, length: int, status: int
) -> None:
    small = Lrs(application(sqlite, clock, max_body=10_000).test_client(), basic(sqlite, "all"), "2.0.0")
    query = {"activityId": "urn:a:b", "profileId": "p"}
    stream = {"input_stream": BytesIO(b"x" * length), "environ_overrides": {"wsgi.input_terminated": True}}
    assert small.ask("PUT", "/activities/profile", query=query, **stream).status_code == status
    assert small.ask("GET", "/activities/profile", query=query).status_code == (200 if status == 204 else 404)


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(here: Lrs) -> None:
    query = {"activityId": "urn:a:b", "profileId": "p"}
    broken = {
        "input_stream": BytesIO(b"half"),
        "environ_overrides": {"wsgi.input_terminated": True, "CONTENT_LENGTH": "8"},
    }
    response = here.ask("PUT", "/activities/profile", query=query, headers={"If-None-Match": "*"}, **broken)
    assert refused(response) == ("content-invalid", "body")
    assert here.ask("GET", "/activities/profile", query=query).status_code == 404


def test_ten_megabytes_are_too_many(here: Lrs) -> None:
    assert refused(post(here, b" " * 10_000_000), 413)[0] == "too-large"


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/xml", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"],
)
def test_other_media_types_are_refused(here: Lrs, content_type: str | None) -> None:
    assert refused(post(here, json.dumps(minimal()).encode(), content_type)) == ("content-invalid", "Content-Type")


FIRST = b"--b\r\nContent-Type: application/json\r\n\r\n" + json.dumps(minimal()).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed", FIRST + b"\r\n--b--\r\n"),
        ("multipart/mixed;", FIRST + b"\r\n--b--\r\n"),
        ("multipart/mixed; boundary=", FIRST + b"\r\n--b--\r\n"),
        ("multipart/mixed; boundary=" + "b" * 71, FIRST + b"\r\n--b--\r\n"),
        ("multipart/mixed; boundary=other", FIRST + b"\r\n--b--\r\n"),
        (MULTIPART, b""),
        (MULTIPART, b"--b--"),
        (MULTIPART, FIRST),
        (MULTIPART, FIRST + b"\r\n--b\r\n"),
        (MULTIPART, FIRST + b"\r\n--bb--\r\n"),
        (MULTIPART, FIRST.replace(b"\r\n\r\n", b"\r\n") + b"\r\n--b--\r\n"),
        (MULTIPART, FIRST.replace(b"Content-Type:", b"Content-Type") + b"\r\n--b--\r\n"),
        (MULTIPART, FIRST.replace(b"application/json", b"text/plain") + b"\r\n--b--\r\n"),
        (MULTIPART, b"--b\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}\r\n--b--\r\n"),
        (MULTIPART, b"--b\r\n\r\n\r\n" * 2_000 + b"--b--"),
    ],
)
def test_broken_multipart_is_refused(here: Lrs, content_type: str, body: bytes) -> None:
    assert refused(post(here, body, content_type))[0] == "content-invalid"
    assert here.numbers() == []


@given(some.one_of(some.binary(max_size=300), some.text(max_size=300).map(str.encode)), some.sampled_from(
    ["application/json", MULTIPART, "multipart/mixed; boundary=\xff", "application/json; charset=utf-16", "x"]
))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_refused_with_a_reason(here: Lrs, body: bytes, content_type: str) -> None:
    refused(post(here, body, content_type))


@given(some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(
        some.sampled_from(["actor", "verb", "object", "objectType", "id", "mbox", "member", "context", "result"])
        | some.text(max_size=4), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_refused_where_a_property_is_to_stand(here: Lrs, value: Any) -> None:
    for name in ("actor", "verb", "object", "context", "attachments"):
        response = post(here, json.dumps(minimal() | {name: value}).encode())
        assert response.status_code in (200, 400), response.text

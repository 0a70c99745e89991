"""Reading verified claims: laws that hold whatever a platform sends."""

from typing import Any

import pytest
from fake_platform import SHORT
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lti_tool.errors import Refused
from lti_tool.lti.claims import (
    Claims,
    VerifiedClaims,
    launch_segments,
    read_claims,
    read_target,
    storable,
)
from lti_tool.lti.errors import ClaimInvalid, TargetNotOurs
from lti_tool.lti.launch import Audience

BASE = "https://tool.example"
GOOD: dict[str, Any] = {
    "iss": "https://ent.example",
    "sub": "parent-1",
    SHORT["version"]: "1.3.0",
    SHORT["message_type"]: "LtiResourceLinkRequest",
    SHORT["deployment_id"]: "1",
    SHORT["roles"]: ["Learner"],
    SHORT["target_link_uri"]: f"{BASE}/lti/launch",
    SHORT["resource_link"]: {"id": "link-1"},
}
SETTINGS = {
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe"],
    "deep_link_return_url": "https://ent.example/return",
}
CLAIMS = sorted({*SHORT.values(), "sub", "name", "locale"})
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


def read(**changes: Any) -> Claims:
    body = GOOD | {SHORT.get(name, name): value for name, value in changes.items()}
    return read_claims(VerifiedClaims({k: v for k, v in body.items() if v is not ...}), base_url=BASE)


@settings(max_examples=300, deadline=None)
@given(claim=st.sampled_from(CLAIMS), value=JSON, deep=st.booleans())
@example(claim="sub", value="\ud800", deep=False)
@example(claim=SHORT["custom"], value={"kind": "\x00", "id": "\ud800"}, deep=False)
@example(claim=SHORT["target_link_uri"], value="https://[", deep=False)
def test_any_value_of_any_claim_is_read_or_refused_and_what_is_read_can_be_kept(
    claim: str, value: Any, deep: bool
) -> None:
    base = {"message_type": "LtiDeepLinkingRequest", "deep_linking_settings": SETTINGS} if deep else {}
    try:
        claims = read(**{**{SHORT[name]: entry for name, entry in base.items()}, claim: value})
    except Refused as refused:
        harmless = refused.status < 500 and len(refused.detail) < 60
    else:
        kept = [getattr(claims, name) for name in Claims.__slots__]
        harmless = all(storable(text) and len(text) <= 2048 for text in kept if isinstance(text, str))
    assert harmless


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=80)
    | st.from_regex(r"https?://[a-z@:.\[\]/]{0,40}", fullmatch=True)
)
@example("https://tool.example@evil.example/lti/launch")
@example("https://tool.example/lti/launch/%00/x")
def test_an_address_is_ours_only_at_our_own_origin(uri: str) -> None:
    try:
        segments = launch_segments(uri, base_url=BASE)
    except TargetNotOurs:
        return
    assert uri.lower().startswith(f"{BASE}/lti/launch")
    assert len(segments) in {0, 2}
    assert all(segment and "/" not in segment and storable(segment) for segment in segments)


@pytest.mark.parametrize(
    ("uri", "segments"),
    [
        (f"{BASE}/lti/launch", ()),
        (f"{BASE}/lti/launch/", ()),
        (f"{BASE}/lti/launch?x=1", ()),
        (f"{BASE}/lti/launch#x", ()),
        ("HTTPS://TOOL.example/lti/launch", ()),
        (f"{BASE}/lti/launch/parcours/mon-ent", ("parcours", "mon-ent")),
        (f"{BASE}/lti/launch/parcours/mon%20ent%C3%A9", ("parcours", "mon enté")),
    ],
)
def test_the_path_says_what_is_launched(uri: str, segments: tuple[str, ...]) -> None:
    assert launch_segments(uri, base_url=BASE) == segments


@pytest.mark.parametrize(
    ("custom", "target"),
    [
        ({}, (None, None)),
        ({"kind": "parcours"}, (None, None)),
        ({"kind": "parcours", "id": "x"}, ("parcours", "x")),
        ({"kind": "", "id": "x"}, (None, None)),
        ({"kind": 7, "id": "x"}, (None, None)),
        ({"kind": "k" * 33, "id": "x"}, (None, None)),
        ({"kind": "k", "id": "x" * 129}, (None, None)),
        ({"kind": "k", "id": "a\x00"}, (None, None)),
        ({"Kind": "k", "Id": "x"}, (None, None)),
    ],
)
def test_custom_says_it_where_the_path_does_not(
    custom: dict[str, object], target: tuple[str | None, str | None]
) -> None:
    assert read_target(f"{BASE}/lti/launch", custom, base_url=BASE) == target
    assert read_target(f"{BASE}/lti/launch/a/b", custom, base_url=BASE) == ("a", "b")


@pytest.mark.parametrize(
    ("roles", "audience"),
    [
        (["Learner"], Audience.PARENT),
        ([], Audience.PARENT),
        (["Mentor"], Audience.PARENT),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Observer"], Audience.PARENT),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty"], Audience.PARENT),
        (["Instructor"], Audience.TEACHER),
        (["Learner", "Instructor"], Audience.TEACHER),
        (["ContentDeveloper"], Audience.TEACHER),
        (["Instructor", "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], Audience.ADMINISTRATOR),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"], Audience.ADMINISTRATOR),
    ],
)
def test_the_roles_say_whom_the_pages_speak_to(roles: list[str], audience: Audience) -> None:
    assert read(roles=roles).audience is audience


def test_the_launchs_own_locale_comes_before_the_persons() -> None:
    assert read(locale="en", launch_presentation={"locale": "ar"}).locale == "ar"
    assert read(locale="en").locale == "en"
    assert read().locale is None


def test_an_empty_title_is_no_title_and_a_label_stands_in() -> None:
    claims = read(context={"id": "c", "title": "", "label": "PAR-1"}, resource_link={"id": "l", "title": ""})
    assert (claims.context_title, claims.resource_title) == ("PAR-1", None)


def test_the_fault_names_the_claim_and_never_its_content() -> None:
    with pytest.raises(ClaimInvalid) as raised:
        read(deployment_id={"secret": "content"})
    assert raised.value.detail == "deployment_id"
    assert "content" not in str(raised.value)

"""A teacher chooses; the platform gets a signed answer that it can use."""

import json
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import CORE, DEEP_LINKING, INSTRUCTOR, LEARNER, FakePlatform, served
from front_door import PARCOURS, Browser, Install, Installation, entered, hidden
from werkzeug.test import TestResponse

from lti_tool.content.library import shipped_parcours_folder
from lti_tool.lti.deep_linking import Choice, Placeable, content_item

ITEM = f"parcours/{PARCOURS}"


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    """The tool: what these tests leave behind is their own platform's."""
    return shared_installation


def place(browser: Browser, page: str, *items: str, grade: tuple[str, ...] = ()) -> TestResponse:
    """Choose in the catalogue, as its form does."""
    token = hidden(browser.get(page).text)["_csrf"]
    return browser.post(page, {"_csrf": token, "item": list(items), "grade": list(grade)})


def message(answer: TestResponse, platform: FakePlatform, browser: Browser) -> dict[str, Any]:
    """The signed answer, checked with the key set that the tool serves."""
    token = hidden(answer.text)["JWT"]
    keys = json.loads(browser.get("/.well-known/jwks.json").text)["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(jwt.PyJWK(key) for key in keys if key["kid"] == kid)
    options: Any = {"require": ["iss", "aud", "exp", "iat", "nonce"]}
    return jwt.decode(token, key, algorithms=["RS256"], audience=platform.issuer, issuer="client-1", options=options)


def items_of(read: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = read[f"{DEEP_LINKING}content_items"]
    return items


def test_a_choice_comes_back_as_a_message_that_our_key_set_verifies(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform))
    answer = place(browser, page, ITEM)
    assert answer.status_code == 200
    read = message(answer, platform, browser)
    assert read[f"{CORE}message_type"] == "LtiDeepLinkingResponse"
    assert read[f"{CORE}version"] == "1.3.0"
    assert read[f"{CORE}deployment_id"] == "1"
    (item,) = items_of(read)
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == f"{browser.base_url}/lti/launch/parcours/{PARCOURS}"
    assert item["title"]
    assert item["text"]
    assert item["icon"]["url"].startswith(browser.base_url)
    assert browser.get(item["icon"]["url"]).mimetype == "image/png"


def test_the_answer_is_posted_to_the_platform(browser: Browser, platform: FakePlatform) -> None:
    answer = place(browser, entered(browser.choose(platform)), ITEM)
    assert f'action="{platform.url}/mod/lti/contentitem_return.php?course=7"' in answer.text
    assert f"form-action 'self' {platform.url};" in answer.headers["Content-Security-Policy"]


def test_the_answer_may_go_to_another_host_of_the_platform(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform, {"settings.deep_link_return_url": "https://cdn.ent.example:8443/back"}))
    answer = place(browser, page, ITEM)
    policy = answer.headers["Content-Security-Policy"]
    assert f"form-action 'self' {platform.url} https://cdn.ent.example:8443;" in policy


def test_a_return_url_with_quotes_is_escaped(browser: Browser, platform: FakePlatform) -> None:
    address = f"{platform.url}/return?a=\"><script>alert(1)</script>&b='c"
    answer = place(browser, entered(browser.choose(platform, {"settings.deep_link_return_url": address})), ITEM)
    assert "<script>alert" not in answer.text
    assert address in unescape(answer.text)


def test_custom_parameters_are_scalars(browser: Browser, platform: FakePlatform) -> None:
    (item,) = items_of(message(place(browser, entered(browser.choose(platform)), ITEM), platform, browser))
    assert item["custom"].items() >= {"kind": "parcours", "id": PARCOURS}.items()
    assert all(isinstance(value, str | int | float | bool) for value in item["custom"].values())


def test_there_is_no_line_item_unless_the_teacher_asks_for_the_grade(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform))
    (without,) = items_of(message(place(browser, page, ITEM), platform, browser))
    assert "lineItem" not in without
    (graded,) = items_of(message(place(browser, page, ITEM, grade=(ITEM,)), platform, browser))
    assert graded["lineItem"]["scoreMaximum"] > 0
    assert graded["lineItem"]["resourceId"] == ITEM
    assert graded["lineItem"]["tag"]


def test_no_grade_is_offered_where_the_platform_takes_none(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform, {"settings.accept_lineitem": False}))
    assert 'name="grade"' not in browser.get(page).text
    (item,) = items_of(message(place(browser, page, ITEM, grade=(ITEM,)), platform, browser))
    assert "lineItem" not in item


@pytest.fixture
def another_parcours(tmp_path: Path) -> Path:
    """A folder of the operator's own packages: a copy of the shipped parcours under another id."""
    folder = tmp_path / "packages"
    shutil.copytree(shipped_parcours_folder() / PARCOURS, folder / "autre-parcours")
    manifest = folder / "autre-parcours" / "parcours.yaml"
    manifest.write_text(manifest.read_text().replace(f"id: {PARCOURS}", "id: autre-parcours", 1))
    return folder


def test_several_items_come_back_at_once(
    install: Install, another_parcours: Path, platform_keys: dict[str, RSAPrivateKey]
) -> None:
    installation = install(packages_dir=another_parcours)
    browser, other = installation.browser(), "parcours/autre-parcours"
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        page = entered(browser.choose(platform))
        items = items_of(message(place(browser, page, ITEM, other, grade=(other,)), platform, browser))
        assert [item["url"] for item in items] == [f"{browser.base_url}/lti/launch/{name}" for name in (ITEM, other)]
        assert [item["custom"]["id"] for item in items] == [PARCOURS, "autre-parcours"]
        assert ["lineItem" in item for item in items] == [False, True]
        single = entered(browser.choose(platform, {"settings.accept_multiple": False}))
        assert place(browser, single, ITEM, other).status_code == 400


def test_an_items_address_holds_any_id() -> None:
    entry = Placeable("parcours", "b/c é?", "B", "Résumé", 10, (), "parent", ("fr",), 20.0)
    item = content_item(Choice(entry, with_grade=False), base_url="https://tool.example.test", text="t")
    assert item["url"] == "https://tool.example.test/lti/launch/parcours/b%2Fc%20%C3%A9%3F"


def test_the_same_item_twice_is_one(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform))
    assert len(items_of(message(place(browser, page, ITEM, ITEM), platform, browser))) == 1


def test_a_single_choice_is_asked_for_where_the_platform_takes_one(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform, {"settings.accept_multiple": False}))
    assert 'type="radio" name="item"' in browser.get(page).text
    page = entered(browser.choose(platform))
    assert 'type="checkbox" name="item"' in browser.get(page).text


@pytest.mark.parametrize("items", [(), ("parcours/unknown",), ("",), (ITEM, "autre/chose"), ("../../x",)])
def test_a_choice_of_nothing_or_of_what_is_not_there_is_refused(
    browser: Browser, platform: FakePlatform, items: tuple[str, ...]
) -> None:
    page = entered(browser.choose(platform))
    answer = place(browser, page, *items)
    assert answer.status_code == 400
    assert "JWT" not in hidden(answer.text)


def test_data_is_given_back_only_if_it_was_given(browser: Browser, platform: FakePlatform) -> None:
    claim = f"{DEEP_LINKING}data"
    without = message(place(browser, entered(browser.choose(platform)), ITEM), platform, browser)
    assert claim not in without
    for data in ("csrf=abc&é=ü", ""):
        page = entered(browser.choose(platform, {"settings.data": data}))
        assert message(place(browser, page, ITEM), platform, browser)[claim] == data


def test_a_parents_launch_opens_no_catalogue(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform, {"roles": [LEARNER]})
    answer = browser.get(f"{page}choisir")
    assert answer.status_code == 403


def test_a_teachers_ordinary_launch_opens_no_catalogue(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform, {"roles": [INSTRUCTOR], "sub": "teacher-1"})
    answer = browser.get(f"{page}choisir")
    assert answer.status_code == 403
    assert 'data-code="role-not-allowed"' in answer.text


def test_a_choice_posted_from_elsewhere_is_refused(browser: Browser, platform: FakePlatform) -> None:
    page = entered(browser.choose(platform))
    for fields in ({"item": ITEM}, {"item": ITEM, "_csrf": "x"}):
        answer = browser.post(page, fields)
        assert answer.status_code == 403
        assert "JWT" not in hidden(answer.text)


def test_what_was_placed_is_what_a_parent_then_opens(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    (item,) = items_of(message(place(browser, entered(browser.choose(platform)), ITEM), platform, browser))
    parent = installation.browser()
    page = parent.enter(platform, {"target_link_uri": item["url"], "custom": item["custom"]})
    assert page.endswith(f"/{ITEM}")
    imported = parent.enter(platform, {"target_link_uri": item["url"], "custom": {}})  # by Common Cartridge
    assert imported.endswith(f"/{ITEM}")


def test_a_choice_leaves_no_trace_but_the_launch(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = entered(browser.choose(platform))
    before = installation.rows()
    place(browser, page, ITEM)
    assert installation.rows() == before


def test_each_client_signs_its_own_answers(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    installation.welcome(platform, "client-2", "2")
    started = browser.begin(platform, client_id="client-2")
    claims = platform.deep_linking_claims(started, {"deployment_id": "2"})
    page = entered(browser.answer(started, platform.sign(claims)))
    token = hidden(place(browser, page, ITEM).text)["JWT"]
    read = jwt.decode(token, options={"verify_signature": False})
    assert (read["iss"], read["aud"], read[f"{CORE}deployment_id"]) == ("client-2", [platform.issuer], "2")

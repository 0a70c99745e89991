"""Sessions, cookies and headers of a launch that was let in."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import INSTRUCTOR, FakePlatform, served
from front_door import PARCOURS, Browser, Install, Installation, entered, title
from sqlalchemy import update
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from lti_tool.lti import sessions
from lti_tool.lti.model import Platform
from lti_tool.lti.platforms import disable_platform
from lti_tool.lti.sessions import HANDOVER_LIFETIME

TARGET = {"target_link_uri": f"https://tool.example.test/lti/launch/parcours/{PARCOURS}"}


def set_cookies(answer: TestResponse) -> dict[str, dict[str, str]]:
    """The cookies that an answer sets: their attributes by name, the value under `value`."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        first, *rest = line.split("; ")
        name, _, value = first.partition("=")
        attributes = dict(part.partition("=")[::2] for part in rest)
        found[name] = {"value": value.strip('"'), **attributes}
    return found


def policy(answer: TestResponse) -> dict[str, str]:
    """The directives of an answer's Content-Security-Policy."""
    directives = answer.headers["Content-Security-Policy"].split("; ")
    assert len(directives) == len({directive.partition(" ")[0] for directive in directives})
    return dict(directive.partition(" ")[::2] for directive in directives)


# Coming in


def test_a_parent_comes_in_and_finds_the_page_of_the_activity(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform, TARGET)
    assert page.endswith(f"/parcours/{PARCOURS}")
    assert browser.get(page, follow_redirects=True).status_code == 200


def test_the_first_page_can_be_loaded_again(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform, TARGET)
    assert [browser.get(page, follow_redirects=True).status_code for _ in range(3)] == [200] * 3


def test_a_launch_that_names_no_resource_opens_mon_espace(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform)
    assert page.count("/") == 3
    assert "Mon espace" in browser.get(page, follow_redirects=True).text


def test_coming_back_finds_the_same_person_context_and_placement(
    browser: Browser, platform: FakePlatform, installation: Installation
) -> None:
    first = browser.launched(browser.enter(platform, TARGET))
    counts = {table: installation.count(table) for table in ("person", "context", "placement", "membership")}
    second = browser.launched(browser.enter(platform, TARGET))
    assert (first.person_id, first.context_id, first.placement_id, first.pseudonym) == (
        second.person_id,
        second.context_id,
        second.placement_id,
        second.pseudonym,
    )
    assert first.id != second.id
    assert {table: installation.count(table) for table in counts} == counts


def test_login_writes_nothing(browser: Browser, platform: FakePlatform, installation: Installation) -> None:
    before = installation.rows(but=())
    browser.begin(platform)
    assert installation.rows(but=()) == before


def test_the_platform_is_asked_as_the_security_framework_says(browser: Browser, platform: FakePlatform) -> None:
    started = browser.begin(platform)
    assert started.url.startswith(f"{platform.url}/auth?")
    assert {name: started.query[name] for name in started.query if name not in {"state", "nonce"}} == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client-1",
        "redirect_uri": "https://tool.example.test/lti/launch",
        "login_hint": "42",
        "lti_message_hint": '{"cmid":7,"launchid":"ltilaunch7_1"}',
    }


def test_an_accepted_launch_stands_in_the_launch_log(
    browser: Browser, platform: FakePlatform, installation: Installation
) -> None:
    answer = browser.launch(platform)
    entered(answer)
    (line,) = installation.launch_log()
    assert (line.outcome, line.message, line.reference) == ("ok", "resource", answer.headers["X-Request-Id"])


def test_no_name_and_no_identifier_enters_the_log(
    browser: Browser, platform: FakePlatform, installation: Installation
) -> None:
    page = browser.enter(platform, {"sub": "sub-1234567", **TARGET})
    browser.get(page, follow_redirects=True)
    for secret in ("Diagne", "sub-1234567", "course-1", "Espace des parents", page.split("/")[2]):
        assert secret not in installation.log_text


# Cookies


def test_cookies_on_https_are_host_bound_and_partitioned(browser: Browser, platform: FakePlatform) -> None:
    probe = browser.post("/lti/login", browser.login_fields(platform))
    login = browser.get(probe.headers["Location"])
    platform_answer = browser.launch(platform)
    seen = set_cookies(probe) | set_cookies(login) | set_cookies(platform_answer)
    assert {name.rstrip("0123456789abcdef")[:12] for name in seen} >= {"__Host-pl-pr"}
    assert len(seen) == 4
    for name, attributes in seen.items():
        assert name.startswith("__Host-pl-")
        assert attributes.pop("value") is not None
        assert int(attributes.pop("Max-Age")) >= 0
        attributes.pop("Expires", None)
        assert attributes == {"Secure": "", "HttpOnly": "", "Path": "/", "SameSite": "None", "Partitioned": ""}, name


def test_cookies_on_http_loopback_are_plain_and_lax(install: Install, platform_keys: dict[str, RSAPrivateKey]) -> None:
    installation = install(base_url="http://127.0.0.1:8000")
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        browser = installation.browser()
        seen = set_cookies(browser.post("/lti/login", browser.login_fields(platform)))
        page = browser.enter(platform)
        assert browser.get(page, follow_redirects=True).status_code == 200
    ((name, attributes),) = seen.items()
    assert name == "pl-probe"
    assert attributes["SameSite"] == "Lax"
    assert "HttpOnly" in attributes
    assert not {"Secure", "Partitioned"} & set(attributes)


def test_each_login_has_a_cookie_of_its_own_which_its_launch_takes_back(
    browser: Browser, platform: FakePlatform
) -> None:
    first, second = browser.begin(platform), browser.begin(platform)
    states = {name for name in browser.cookies() if name.startswith("__Host-pl-s-")}
    assert len(states) == 2
    entered(browser.answer(first, platform.sign(platform.claims(first))))
    left = {name for name in browser.cookies() if name.startswith("__Host-pl-s-")}
    assert len(left) == 1
    assert left < states
    entered(browser.answer(second, platform.sign(platform.claims(second))))


def test_two_activities_of_a_page_do_not_overwrite_each_other(browser: Browser, platform: FakePlatform) -> None:
    mother = browser.enter(platform, {"sub": "parent-1", "name": "Awa"})
    father = browser.enter(platform, {"sub": "parent-2", "name": "Moussa"})
    assert browser.launched(mother).person_name == "Awa"
    assert browser.launched(father).person_name == "Moussa"


def test_the_oldest_launches_of_a_browser_make_room_for_new_ones(browser: Browser, platform: FakePlatform) -> None:
    pages = [browser.enter(platform) for _ in range(15)]
    held = [name for name in browser.cookies() if name.startswith("__Host-pl-l-")]
    assert len(held) == 12
    assert browser.get(pages[0]).status_code == 401
    assert browser.get(pages[-1], follow_redirects=True).status_code == 200
    assert browser.get(pages[3], follow_redirects=True).status_code == 200


# Where cookies do not come back


def test_a_browser_that_gives_no_cookie_back_is_offered_a_new_tab(
    installation: Installation, platform: FakePlatform
) -> None:
    framed = installation.browser()
    framed.client._cookies = None  # a frame whose cookies are blocked
    answer = framed.login(platform)
    assert answer.status_code == 200
    assert title(answer.text) == "Continuez dans un nouvel onglet"
    assert 'target="_blank"' in answer.text
    way_out = _way_out(answer.text)
    assert dict(parse_qsl(urlsplit(way_out).query)).items() >= framed.login_fields(platform).items()
    tab = installation.browser()
    probed = tab.get(way_out)
    assert probed.status_code == 303
    started = tab.get(probed.headers["Location"])
    assert started.status_code == 302
    assert started.headers["Location"].startswith(f"{platform.url}/auth?")


def test_a_browser_that_gives_no_cookie_back_at_top_level_either_is_told_so(
    installation: Installation, platform: FakePlatform
) -> None:
    blocked = installation.browser()
    blocked.client._cookies = None
    probed = blocked.get(_way_out(blocked.login(platform).text))
    answer = blocked.get(probed.headers["Location"])
    assert answer.status_code == 400
    assert 'data-code="cookies-blocked"' in answer.text
    assert "Autorisez les cookies" in answer.text
    assert installation.launch_log()[-1].outcome == "cookies-blocked"


def test_what_a_login_said_is_escaped_on_the_new_tab_page(installation: Installation, platform: FakePlatform) -> None:
    framed = installation.browser()
    framed.client._cookies = None
    page = framed.login(platform, login_hint='"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    assert dict(parse_qsl(urlsplit(_way_out(page)).query))["login_hint"] == '"><script>alert(1)</script>'


def _way_out(page: str) -> str:
    found = re.search(r'<a [^>]*href="([^"]*)" target="_blank"', page)
    assert found is not None
    return unescape(found[1])


def test_the_probe_leads_nowhere_else(browser: Browser, platform: FakePlatform) -> None:
    probe = browser.post("/lti/login", {**browser.login_fields(platform), "next": "https://evil.example"})
    assert probe.headers["Location"].startswith("https://tool.example.test/lti/login?")
    assert "evil" not in probe.headers["Location"]


# Sessions


def test_the_page_of_somebody_elses_launch_is_refused(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform)
    stranger = installation.browser()
    stranger.enter(platform, {"sub": "parent-2"})
    answer = stranger.get(page)
    assert answer.status_code == 401
    assert 'data-code="session-lost"' in answer.text


def test_the_cookie_of_one_launch_does_not_open_another(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform)
    thief = installation.browser()
    own = thief.enter(platform, {"sub": "parent-2"})
    value = thief.cookies()[f"__Host-pl-l-{own.split('/')[2]}"]
    thief.client.set_cookie(f"__Host-pl-l-{page.split('/')[2]}", value, domain="tool.example.test")
    assert thief.get(page).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "é", "\u202e", "0" * 64, "x" * 5000])
def test_a_made_up_cookie_opens_nothing(
    installation: Installation, browser: Browser, platform: FakePlatform, value: str
) -> None:
    page = browser.enter(platform)
    thief = installation.browser()
    thief.client._cookies = None  # the header below is all that it sends
    header = f"__Host-pl-l-{page.split('/')[2]}={value}".encode().decode("latin-1")
    answer = thief.get(page, headers={"Cookie": header})
    assert answer.status_code == 401


@pytest.mark.parametrize("launch_id", ["x", "é", "%00", "x" * 500, "..%2f..", "%ff"])
def test_a_launch_that_does_not_exist_is_refused(browser: Browser, launch_id: str) -> None:
    assert browser.get(f"/l/{launch_id}/").status_code in {401, 404}


def test_a_launch_ends_after_half_a_day(installation: Installation, browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform)
    installation.clock.advance(hours=11, minutes=59)
    assert browser.get(page, follow_redirects=True).status_code == 200
    installation.clock.advance(minutes=2)
    answer = browser.get(page)
    assert answer.status_code == 401
    assert 'data-code="session-lost"' in answer.text
    assert "rouvrez l’activité dans l’ENT" in answer.text


def test_the_pages_of_a_platform_that_was_switched_off_are_closed(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform)
    with installation.tool.database.write() as session:
        disable_platform(session, platform.issuer, now=installation.clock())
    assert browser.get(page).status_code == 401


# Going on in another tab


def test_a_hand_over_opens_the_launch_in_another_browser_once(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform)
    launched = browser.launched(page)
    path = sessions.handover_path(installation.tool.door, launched, f"parcours/{PARCOURS}")
    tab, late = installation.browser(), installation.browser()
    answer = tab.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/l/{launched.id}/parcours/{PARCOURS}"
    assert tab.get(answer.headers["Location"], follow_redirects=True).status_code == 200
    again = late.get(path)
    assert again.status_code == 403
    assert 'data-code="handover-spent"' in again.text
    assert late.cookies() == {}


def test_a_hand_over_is_good_for_half_an_hour(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    path = sessions.handover_path(installation.tool.door, browser.launched(browser.enter(platform)))
    installation.clock.advance(seconds=HANDOVER_LIFETIME.total_seconds() + 2)
    assert installation.browser().get(path).status_code == 403


def test_making_a_hand_over_writes_nothing(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    launched = browser.launched(browser.enter(platform))
    before = installation.rows(but=())
    sessions.handover_path(installation.tool.door, launched)
    assert installation.rows(but=()) == before


def test_a_made_up_hand_over_opens_nothing(browser: Browser, platform: FakePlatform) -> None:
    started = browser.begin(platform)
    for token in ("x", "a.b.c", "é", "x" * 3000, started.state):
        answer = browser.get(f"/lti/continue/{token}")
        assert answer.status_code == 403, token
        assert 'data-code="handover-spent"' in answer.text


# Headers


def test_the_pages_of_a_launch_may_be_framed_by_its_platform_alone(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform, TARGET)
    answer = browser.get(page, follow_redirects=True)
    directives = policy(answer)
    assert directives["frame-ancestors"] == platform.issuer
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["base-uri"] == "'none'"
    assert directives["form-action"] == f"'self' {platform.issuer}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert parse_options_header(answer.headers["Strict-Transport-Security"])[0].startswith("max-age=")


def test_every_configured_ancestor_may_frame(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    portal = "https://portail.academie.example:8443"
    installation.welcome(platform, frame_ancestors=(portal, "https://ent.example"))
    page = browser.enter(platform)
    directives = policy(browser.get(page, follow_redirects=True))
    assert directives["frame-ancestors"].split() == [platform.issuer, "https://ent.example", portal]


def test_ancestors_that_are_no_origins_add_nothing_to_the_policy(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    evil = ["https://x; script-src *", "*", "https:", "'unsafe-inline'", "https://a b", "https://é.example", "data:"]
    with installation.tool.database.write() as session:
        session.execute(update(Platform).values(frame_ancestors=evil))
    page = browser.enter(platform)
    assert policy(browser.get(page, follow_redirects=True))["frame-ancestors"] == platform.issuer


def test_an_issuer_that_is_no_plain_address_adds_nothing_to_the_policy(
    installation: Installation, platform_keys: dict[str, RSAPrivateKey]
) -> None:
    class Odd(FakePlatform):
        @property
        def issuer(self) -> str:
            return "https://ent.example; script-src *"

    with served(Odd(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        browser = installation.browser()
        answer = browser.get(browser.enter(platform), follow_redirects=True)
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert policy(answer)["script-src"] == "'self'"


def test_a_teachers_page_lets_forms_go_to_the_platform_and_nowhere_else(
    browser: Browser, platform: FakePlatform
) -> None:
    page = browser.enter(platform, {"roles": [INSTRUCTOR], "sub": "teacher-1"})
    assert policy(browser.get(page, follow_redirects=True))["form-action"] == f"'self' {platform.issuer}"


def test_the_language_of_the_launch_comes_before_the_browsers(
    installation: Installation, platform: FakePlatform
) -> None:
    browser = installation.browser("en")
    page = browser.enter(platform, {"launch_presentation": {"locale": "ar"}})
    assert '<html lang="ar" dir="rtl">' in browser.get(page, follow_redirects=True).text


def test_a_launch_is_a_matter_of_minutes_not_of_the_login_alone(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    """Somebody who signs in at their ENT takes their time: nine minutes are let in."""
    started = browser.begin(platform)
    installation.clock.advance(minutes=9)
    shift = int(timedelta(minutes=9).total_seconds())
    claims = platform.claims(started)
    token = platform.sign(claims | {"iat": claims["iat"] + shift, "exp": claims["exp"] + shift})
    entered(browser.answer(started, token))

"""Dynamic registration: an address pasted into a platform, good for one use."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import ABSENT, PLATFORM, TOOL, FakePlatform, as_json, dripping, redirecting, saying, served
from front_door import Browser, Installation, entered, hidden, title
from sqlalchemy import select
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request, Response

from lti_tool.lti import transport
from lti_tool.lti.model import Client, Deployment, Invitation, Platform
from lti_tool.lti.registration import invite

CONFIGURATION = "/.well-known/openid-configuration"
TABLES = ("platform", "client", "deployment", "invitation")


class Administrator:
    """Somebody who pastes the registration URL into their platform."""

    def __init__(self, installation: Installation, platform: FakePlatform) -> None:
        self.installation, self.platform = installation, platform
        self.browser = installation.browser()
        self.invitation = self.invite()

    def invite(self, **lifetime: float) -> str:
        installation = self.installation
        more = {"lifetime": timedelta(**lifetime)} if lifetime else {}
        with installation.tool.database.write() as session:
            self.address = invite(session, base_url=installation.base_url, now=installation.clock(), **more)
        return parse_qs(urlsplit(self.address).query)["invitation"][0]

    def open(self, **changes: Any) -> TestResponse:
        """What the platform does: open the address in a frame, with its configuration's and a token."""
        query: dict[str, Any] = {
            "invitation": self.invitation,
            "openid_configuration": f"{self.platform.url}{CONFIGURATION}",
            "registration_token": "registration-token",
        } | changes
        return self.browser.get("/lti/register", query_string={k: v for k, v in query.items() if v is not ABSENT})

    def confirm(self, **changes: Any) -> TestResponse:
        """The page's one button."""
        fields = hidden(self.open().text)
        return self.browser.post("/lti/register", fields | changes)

    def register(self, **changes: Any) -> TestResponse:
        """Post the form as it would have been, whatever the page said."""
        fields: dict[str, Any] = {
            "invitation": self.invitation,
            "openid_configuration": f"{self.platform.url}{CONFIGURATION}",
            "registration_token": "registration-token",
        } | changes
        return self.browser.post("/lti/register", {k: v for k, v in fields.items() if v is not ABSENT})

    def configure(self, **changes: Any) -> None:
        """Let the platform's configuration say something else."""
        said = self.platform.configuration() | changes
        self.platform.answers[CONFIGURATION] = saying(
            json.dumps({name: value for name, value in said.items() if value is not ABSENT})
        )

    def refused(self, answer: TestResponse, code: str) -> None:
        """A refusal that left everything as it was, the invitation good."""
        assert f'data-code="{code}"' in answer.text, answer.text
        assert answer.status_code < 500 or answer.status_code == 503
        with self.installation.tool.database.read() as session:
            assert session.scalar(select(Platform).where(Platform.issuer == self.platform.issuer)) is None
            assert session.scalars(select(Invitation.used_at)).all() == [None]

    def clients(self) -> list[Client]:
        with self.installation.tool.database.read() as session:
            query = select(Client).join(Platform).where(Platform.issuer == self.platform.issuer)
            return list(session.scalars(query))


@pytest.fixture
def stranger(installation: Installation, platform_keys: dict[str, RSAPrivateKey]) -> Iterator[FakePlatform]:
    """A platform that the tool does not know yet."""
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        platform.tool_keys = installation.tool.door.keys.jwks
        yield platform


@pytest.fixture
def administrator(installation: Installation, stranger: FakePlatform) -> Administrator:
    return Administrator(installation, stranger)


# What works


def test_a_platform_registers_the_tool_and_its_people_come_in(administrator: Administrator) -> None:
    page = administrator.open()
    assert page.status_code == 200
    assert administrator.platform.url in page.text
    done = administrator.confirm()
    assert done.status_code == 200
    assert title(done.text) == "Passerelle est inscrite"
    assert administrator.platform.issuer in done.text
    (client,) = administrator.clients()
    assert (client.client_id, client.authorization_url, client.token_url) == (
        "registered-client",
        f"{administrator.platform.url}/auth",
        f"{administrator.platform.url}/token",
    )
    browser = administrator.installation.browser()
    started = browser.begin(administrator.platform, client_id="registered-client")
    claims = administrator.platform.claims(started, {"deployment_id": "77"})
    entered(browser.answer(started, administrator.platform.sign(claims)))


def test_moodles_two_last_steps_are_said_in_its_own_words(administrator: Administrator) -> None:
    page = administrator.confirm().text
    assert "En attente" in page
    assert "Activer" in page
    assert "Afficher dans le sélecteur d’activités" in page
    assert 'data-test="registration-close"' in page


def test_the_tool_says_of_itself_what_moodle_requires(administrator: Administrator) -> None:
    administrator.confirm()
    (said,) = administrator.platform.registered
    base = administrator.installation.base_url
    assert said["response_types"] == ["id_token"]
    assert said["initiate_login_uri"] == f"{base}/lti/login"
    assert said["redirect_uris"] == [f"{base}/lti/launch"]
    assert said["client_name"]
    assert said["jwks_uri"] == f"{base}/.well-known/jwks.json"
    assert said["token_endpoint_auth_method"] == "private_key_jwt"
    assert "client_credentials" in said["grant_types"]
    assert said[TOOL]["domain"] == urlsplit(base).netloc
    assert said[TOOL]["target_link_uri"] == f"{base}/lti/launch"
    assert {message["type"] for message in said[TOOL]["messages"]} == {
        "LtiDeepLinkingRequest",
        "LtiResourceLinkRequest",
    }
    assert all(message["target_link_uri"] == f"{base}/lti/launch" for message in said[TOOL]["messages"])
    assert set(said["scope"].split()) == {
        "https://purl.imsglobal.org/spec/lti-ags/scope/score",
        "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    }


def test_names_are_asked_for_and_addresses_are_not(administrator: Administrator) -> None:
    administrator.confirm()
    (said,) = administrator.platform.registered
    assert {"name", "given_name", "family_name", "sub", "iss"} == set(said[TOOL]["claims"])


def test_every_address_that_the_tool_names_answers(administrator: Administrator) -> None:
    administrator.confirm()
    (said,) = administrator.platform.registered
    browser = administrator.installation.browser()
    assert browser.get(said["logo_uri"]).mimetype == "image/png"
    assert browser.get(said["jwks_uri"]).json["keys"]  # type: ignore[index]
    for address in (said["initiate_login_uri"], *said["redirect_uris"], said[TOOL]["target_link_uri"]):
        assert browser.get(address).status_code in {400, 401}


def test_the_domain_has_the_port_where_there_is_one(
    install: Callable[..., Installation], stranger: FakePlatform
) -> None:
    installation = install(base_url="https://tool.example.test:8443")
    administrator = Administrator(installation, stranger)
    assert administrator.confirm().status_code == 200
    assert stranger.registered[0][TOOL]["domain"] == "tool.example.test:8443"


def test_the_deployment_that_the_platform_echoes_is_accepted(administrator: Administrator) -> None:
    administrator.confirm()
    with administrator.installation.tool.database.read() as session:
        (deployment,) = session.scalars(select(Deployment))
    assert (deployment.deployment_id, deployment.state) == ("77", "accepted")


@pytest.mark.parametrize("echo", [ABSENT, None, "", {"a": 1}, ["77"], True])
def test_without_an_echoed_deployment_the_first_launch_waits_for_acceptance(
    administrator: Administrator, echo: object
) -> None:
    good = administrator.platform._register

    def answer(request: Request) -> Response:
        said = good(request).get_json()
        said[TOOL].pop("deployment_id")
        said[TOOL] |= {} if echo is ABSENT else {"deployment_id": echo}
        return as_json(said)

    administrator.platform.answers["/register"] = answer
    assert administrator.confirm().status_code == 200
    browser = administrator.installation.browser()
    started = browser.begin(administrator.platform, client_id="registered-client")
    answer_page = browser.answer(
        started, administrator.platform.sign(administrator.platform.claims(started, {"deployment_id": "77"}))
    )
    assert 'data-code="deployment-waiting"' in answer_page.text


def test_a_platform_that_needs_no_registration_token_gets_none(administrator: Administrator) -> None:
    def open_registration(request: Request) -> Response:
        assert "Authorization" not in request.headers
        return as_json({"client_id": "open-client"}, status=201)

    administrator.platform.answers["/register"] = open_registration
    assert administrator.register(registration_token=ABSENT).status_code == 200
    assert [client.client_id for client in administrator.clients()] == ["open-client"]


def test_the_audience_of_tokens_is_the_platforms_authorization_server(administrator: Administrator) -> None:
    administrator.configure(authorization_server="https://auth.ent.example")
    administrator.confirm()
    assert administrator.clients()[0].token_audience == "https://auth.ent.example"


def test_the_address_opened_by_itself_installs_nothing_and_stays_good(administrator: Administrator) -> None:
    page = administrator.open(openid_configuration=ABSENT, registration_token=ABSENT)
    assert page.status_code == 200
    assert "L’invitation reste valable" in page.text
    assert "register-confirm" not in page.text
    assert administrator.confirm().status_code == 200


# Again


def test_registering_again_with_the_same_client_updates_it(administrator: Administrator) -> None:
    administrator.confirm()
    administrator.invitation = administrator.invite()
    administrator.platform.registration_tokens.add("registration-token")
    administrator.configure(token_endpoint=f"{administrator.platform.url}/new-token")
    assert administrator.confirm().status_code == 200
    (client,) = administrator.clients()
    assert client.token_url == f"{administrator.platform.url}/new-token"
    assert administrator.installation.count("platform") == 1
    assert administrator.installation.count("deployment") == 1


def test_registering_anew_adds_a_client_and_keeps_the_people(administrator: Administrator) -> None:
    platform = administrator.platform
    administrator.confirm()
    administrator.invitation = administrator.invite()
    platform.registration_tokens.add("registration-token")
    good = platform._register
    platform.answers["/register"] = lambda request: as_json(good(request).get_json() | {"client_id": "second-client"})
    assert administrator.confirm().status_code == 200
    assert {client.client_id for client in administrator.clients()} == {"registered-client", "second-client"}
    people = set()
    for client_id in ("registered-client", "second-client"):
        browser = administrator.installation.browser()
        started = browser.begin(platform, client_id=client_id)
        page = entered(browser.answer(started, platform.sign(platform.claims(started, {"deployment_id": "77"}))))
        people.add(browser.launched(page).pseudonym)
    assert len(people) == 1


def test_a_second_client_with_other_keys_is_refused(administrator: Administrator) -> None:
    administrator.confirm()
    administrator.invitation = administrator.invite()
    administrator.platform.registration_tokens.add("registration-token")
    before = administrator.installation.rows()
    administrator.configure(jwks_uri=f"{administrator.platform.url}/other-jwks")
    answer = administrator.confirm()
    assert answer.status_code == 403
    assert 'data-code="issuer-taken"' in answer.text
    assert administrator.installation.rows() == before


def test_nobody_registers_in_another_platforms_name(
    administrator: Administrator, platform: FakePlatform, installation: Installation
) -> None:
    """An attacker with an invitation claims a known issuer, with keys of their own or with the known ones."""
    before = installation.rows()
    for jwks in (f"{administrator.platform.url}/jwks", platform.jwks_url):
        administrator.configure(issuer=platform.issuer, jwks_uri=jwks)
        answer = administrator.register()
        assert answer.status_code == 400
        assert 'data-code="platform-answer-invalid"' in answer.text
    assert installation.rows() == before


def test_an_issuer_of_another_origin_is_refused(administrator: Administrator) -> None:
    url = administrator.platform.url
    for issuer in (
        "https://ent.example",
        url.replace("http:", "https:"),
        url + "0",
        url.replace("127.0.0.1", "localhost"),
    ):
        administrator.configure(issuer=issuer)
        administrator.refused(administrator.register(), "platform-answer-invalid")


def test_a_registration_endpoint_of_another_origin_gets_no_token(
    administrator: Administrator, other_platform: FakePlatform
) -> None:
    administrator.configure(registration_endpoint=f"{other_platform.url}/register")
    administrator.refused(administrator.register(), "platform-answer-invalid")
    assert other_platform.received == []


# Invitations


def test_an_invitation_serves_once(administrator: Administrator) -> None:
    administrator.confirm()
    administrator.platform.registration_tokens.add("registration-token")
    for answer in (administrator.open(), administrator.register()):
        assert answer.status_code == 403
        assert 'data-code="invitation-invalid"' in answer.text
    assert len(administrator.platform.registered) == 1


def test_an_invitation_ends(administrator: Administrator) -> None:
    administrator.invitation = administrator.invite(hours=1)
    assert administrator.open().status_code == 200
    administrator.installation.clock.advance(hours=1, seconds=1)
    for answer in (administrator.open(), administrator.register()):
        assert answer.status_code == 403
    assert administrator.platform.received == []


@pytest.mark.parametrize("invitation", [ABSENT, "", "x", "é", "x" * 5000, "\x00"])
def test_without_an_invitation_no_platform_is_called(administrator: Administrator, invitation: Any) -> None:
    for answer in (administrator.open(invitation=invitation), administrator.register(invitation=invitation)):
        assert answer.status_code == 403
        assert 'data-code="invitation-invalid"' in answer.text
    assert administrator.platform.received == []


def test_the_database_does_not_hold_the_invitation_itself(administrator: Administrator) -> None:
    assert administrator.invitation not in str(administrator.installation.rows(but=()))


def test_a_failed_try_leaves_the_invitation_good(administrator: Administrator) -> None:
    administrator.platform.answers["/register"] = saying("boom", status=500, content_type="text/plain")
    administrator.refused(administrator.register(), "platform-answer-invalid")
    del administrator.platform.answers["/register"]
    assert administrator.confirm().status_code == 200


# What platforms answer


def test_a_registration_token_that_was_used_is_told(administrator: Administrator) -> None:
    administrator.platform.registration_tokens.clear()
    administrator.refused(administrator.register(), "platform-answer-invalid")


def test_a_registration_token_that_is_not_the_platforms_is_told(administrator: Administrator) -> None:
    for token in ("bad", "a b", "é"):
        administrator.refused(administrator.register(registration_token=token), "platform-answer-invalid")


def test_a_token_that_would_add_a_header_is_refused(administrator: Administrator) -> None:
    answer = administrator.register(registration_token="registration-token\r\nX-Evil: 1")
    assert answer.status_code in {400, 503}
    assert not any("x-evil" in received.headers for received in administrator.platform.received)


BROKEN = [
    saying("<html>", content_type="text/html"),
    saying(""),
    saying("[]"),
    saying("null"),
    saying("{}"),
    saying(b"\xff\xfe"),
    saying("[" * 5000),
    saying('{"client_id": 7, "issuer": 7}'),
    saying('{"client_id": "", "issuer": ""}'),
    saying(json.dumps({"client_id": "x" * 256})),
    saying('{"client_id": "a\\u0000b"}'),
    saying('{"client_id": "a\\ud800b"}'),
    saying("{}", status=404),
    saying("{}", status=500),
    redirecting("http://localhost.invalid/elsewhere"),
]


@pytest.mark.parametrize("path", [CONFIGURATION, "/register"])
def test_an_answer_that_can_not_be_used_leaves_everything_as_it_was(administrator: Administrator, path: str) -> None:
    for broken in BROKEN:
        administrator.platform.answers[path] = broken
        administrator.refused(administrator.register(), "platform-answer-invalid")
        administrator.platform.registration_tokens.add("registration-token")


@pytest.mark.parametrize("path", [CONFIGURATION, "/register"])
def test_a_huge_answer_is_not_read_to_its_end(administrator: Administrator, path: str) -> None:
    administrator.platform.answers[path] = saying("x" * (3 << 20))
    administrator.refused(administrator.register(), "answer-too-large")


def test_an_answer_that_drips_is_left(administrator: Administrator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.3)
    administrator.platform.answers[CONFIGURATION] = dripping(pause=0.05, pieces=100)
    administrator.refused(administrator.register(), "address-unreachable")


NO_ADDRESSES: list[Any] = [
    ABSENT,
    None,
    7,
    "",
    [],
    "auth",
    "/auth",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://ent.example/auth",
    "https://user:password@ent.example/",
    "https://[",
    "https://h:port/",
    "https://" + "x" * 3000,
]


def test_a_configuration_with_an_address_that_is_none_is_refused(administrator: Administrator) -> None:
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        for value in NO_ADDRESSES:
            administrator.configure(**{name: value})
            administrator.refused(administrator.register(), "platform-answer-invalid")


def test_odd_values_of_what_is_optional_do_no_harm(administrator: Administrator) -> None:
    administrator.configure(authorization_server=7, **{PLATFORM: {"product_family_code": ["moodle"]}})
    assert administrator.confirm().status_code == 200
    administrator.invitation = administrator.invite()
    administrator.platform.registration_tokens.add("registration-token")
    administrator.configure(**{PLATFORM: "moodle"})
    assert administrator.confirm().status_code == 200


def test_texts_that_no_database_holds_are_refused_or_dropped(administrator: Administrator) -> None:
    administrator.configure(
        authorization_server="https://a\x00b", **{PLATFORM: {"product_family_code": "moo\ud800dle\x00"}}
    )
    assert administrator.register().status_code < 500


# Where the configuration may be


ODD_ADDRESSES = [
    "",
    "x",
    "http://[",
    "https://[::1",
    "https://h:port/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://ent.example/configuration",
    "https://user:password@ent.example/",
    "https://x; script-src *",
    "https://x' 'unsafe-inline'/",
    "https://é\x00/",
    "//ent.example",
    "https://" + "x" * 5000,
]


def test_an_odd_address_of_a_configuration_is_no_defect_and_adds_nothing_to_the_policy(
    administrator: Administrator,
) -> None:
    for address in ODD_ADDRESSES:
        for act in (administrator.open, administrator.register):
            answer = act(openid_configuration=address)
            assert answer.status_code < 500, address
            policy = answer.headers["Content-Security-Policy"]
            assert policy.count(";") == 7
            assert "script-src 'self';" in policy
            assert "unsafe-inline" not in policy
    assert administrator.installation.count("platform") == 0


def test_the_page_may_be_framed_by_the_platform_that_registers_us(administrator: Administrator) -> None:
    for answer in (administrator.open(), administrator.confirm()):
        assert f"frame-ancestors {administrator.platform.url}" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_private_address_is_refused_unless_the_operator_allows_it(
    install: Callable[..., Installation], stranger: FakePlatform
) -> None:
    installation = install(allow_private_addresses=False)
    administrator = Administrator(installation, stranger)
    port = urlsplit(stranger.url).port
    for host in ("127.0.0.1", "localhost", "ent.localhost", "0.0.0.0", "2130706433"):
        answer = administrator.register(openid_configuration=f"https://{host}:{port}/c")
        assert 'data-code="address-refused"' in answer.text, host
    for host in ("[::1]", "[::ffff:127.0.0.1]"):  # where nothing listens: refused or unreachable
        assert administrator.register(openid_configuration=f"https://{host}:{port}/c").status_code in {400, 503}
    answer = administrator.register()
    assert answer.status_code == 400  # http
    assert stranger.received == []
    administrator.refused(answer, "platform-answer-invalid")


def test_what_came_is_escaped(administrator: Administrator, browser: Browser) -> None:
    page = administrator.open(registration_token='"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    assert hidden(page)["registration_token"] == '"><script>alert(1)</script>'

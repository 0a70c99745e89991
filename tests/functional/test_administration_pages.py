"""The administrator's pages, come to by a launch and by the operator's link."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import ADMINISTRATOR, INSTRUCTOR, LEARNER, FakePlatform, served
from front_door import BASE_URL, Browser, Install, Installation, title
from plain_browser import PlainBrowser
from sqlalchemy import select, update

from lti_tool.administration.entrance import make_link
from lti_tool.database import Database
from lti_tool.lti.model import Deployment, LaunchRecord, Platform
from lti_tool.people.model import Context, Grant, Person, School
from lti_tool.schema import upgrade
from xapi.query import StatementQuery
from xapi.statements import activity
from xapi.store import Scope
from xapi.vocabulary import Verb

AS_ADMINISTRATOR = {"roles": [ADMINISTRATOR, INSTRUCTOR], "sub": "admin-1", "name": "Hélène"}
PAGES = ("", "deploiements", "etablissements", "droits", "journal", "verifier")


def administrator(installation: Installation, platform: FakePlatform) -> tuple[Browser, PlainBrowser]:
    """An LTI administrator who has just come in."""
    browser = installation.browser()
    page = browser.enter(platform, AS_ADMINISTRATOR)
    assert page.endswith("/administration/"), page
    return browser, window(browser).open(page)


def window(browser: Browser) -> PlainBrowser:
    class Https:
        def open(self, path: str, method: str = "GET", data: object = None) -> object:
            parts = urlsplit(path)
            return browser.client.open(
                f"{parts.path}?{parts.query}", method=method, data=data, base_url=BASE_URL, headers=browser.headers
            )

        def get(self, path: str) -> object:
            return self.open(path)

    return PlainBrowser(Https())  # type: ignore[arg-type]


def operator(installation: Installation) -> tuple[Browser, PlainBrowser]:
    """The operator, come in by a link."""
    browser = installation.browser()
    link = make_link(installation.tool.door.secrets, base_url=BASE_URL, now=installation.clock())
    return browser, window(browser).open(link.removeprefix(BASE_URL))


def waiting(installation: Installation, platform: FakePlatform, deployment: str = "9") -> None:
    """A launch from a deployment that nobody has accepted yet."""
    answer = installation.browser().launch(platform, {"deployment_id": deployment})
    assert answer.status_code == 403


# Coming in


def test_an_administrators_launch_opens_connect_and_says_what_came(
    installation: Installation, platform: FakePlatform
) -> None:
    _, page = administrator(installation, platform)
    assert page.shows("launch-worked")
    came = page.words("brought")
    for expected in (platform.issuer, "client-1 · 1", "administrator, instructor", "Hélène", "Espace des parents"):
        assert expected in came
    assert "non proposée ici" in came


def test_the_services_that_a_launch_offers_are_named(installation: Installation, platform: FakePlatform) -> None:
    browser = installation.browser()
    services = {
        "namesroleservice": {"context_memberships_url": platform.roster_url, "service_versions": ["2.0"]},
        "endpoint": {"lineitem": platform.line_item, "scope": []},
    }
    page = window(browser).open(browser.enter(platform, AS_ADMINISTRATOR | services))
    assert "proposé, avec une note pour cette activité" in page.words("brought")
    assert "Liste des membresproposée" in page.words("brought")


@pytest.mark.parametrize("role", [LEARNER, INSTRUCTOR])
@pytest.mark.parametrize("rest", PAGES)
def test_parents_and_teachers_are_kept_out(
    installation: Installation, platform: FakePlatform, role: str, rest: str
) -> None:
    browser = installation.browser()
    page = browser.enter(platform, {"roles": [role]})
    answer = browser.get(f"/l/{page.split('/')[2]}/administration/{rest}")
    assert answer.status_code == 403
    assert 'data-code="not-allowed"' in answer.text


def test_an_administrators_page_is_not_for_another_browser(installation: Installation, platform: FakePlatform) -> None:
    _, page = administrator(installation, platform)
    assert installation.browser().get(page.path).status_code == 401


def test_the_operator_comes_in_by_a_link_once(installation: Installation) -> None:
    link = make_link(installation.tool.door.secrets, base_url=BASE_URL, now=installation.clock())
    path = link.removeprefix(BASE_URL)
    first = installation.browser()
    answer = first.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/administration/")
    cookie = answer.headers["Set-Cookie"]
    for attribute in ("__Host-pl-admin=", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in cookie
    assert first.get("/administration/").status_code == 200
    again = installation.browser().get(path)
    assert again.status_code == 403
    assert 'data-code="admin-link-spent"' in again.text
    assert "passerelle admin link" in again.text.replace("\u00a0", " ")


def test_the_operators_link_lives_fifteen_minutes(installation: Installation) -> None:
    link = make_link(installation.tool.door.secrets, base_url=BASE_URL, now=installation.clock())
    installation.clock.advance(minutes=15, seconds=5)
    assert installation.browser().get(link.removeprefix(BASE_URL)).status_code == 403


def test_the_operators_session_lives_two_hours(installation: Installation) -> None:
    browser, _ = operator(installation)
    installation.clock.advance(minutes=119)
    assert browser.get("/administration/").status_code == 200
    installation.clock.advance(minutes=2)
    answer = browser.get("/administration/journal")
    assert answer.status_code == 401
    assert 'data-code="admin-session-lost"' in answer.text


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é", "a." + "9" * 40 + ".f", "%00"])
def test_a_forged_link_opens_nothing(installation: Installation, token: str) -> None:
    answer = installation.browser().get(f"/administration/entree/{token}")
    assert answer.status_code in {403, 404}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("rest", PAGES)
def test_the_operators_pages_are_closed_without_a_session(installation: Installation, rest: str) -> None:
    assert installation.browser().get(f"/administration/{rest}").status_code == 401


def test_a_launchs_secret_does_not_open_the_operators_pages(installation: Installation) -> None:
    browser = installation.browser()
    value = f"abc.{int(installation.clock().timestamp()) + 600}"
    signed = f"{value}.{installation.tool.door.secrets.sign('admin-link', value)}"
    browser.client.set_cookie("__Host-pl-admin", signed, domain="tool.example.test", secure=True)
    assert browser.get("/administration/").status_code == 401


def test_the_operator_leaves(installation: Installation) -> None:
    browser, page = operator(installation)
    assert page.press("admin-leave").status == 200
    assert browser.get("/administration/").status_code == 401


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_every_page_opens_for_both(
    installation: Installation, platform: FakePlatform, rest: str, language: str
) -> None:
    waiting(installation, platform)
    browser, page = administrator(installation, platform)
    browser.headers["Accept-Language"] = language
    page.open(page.path + rest)
    assert page.status == 200
    assert page.shows("my-space")
    browser, page = operator(installation)
    browser.headers["Accept-Language"] = language
    page.open(f"/administration/{rest}")
    assert page.status == 200
    assert page.shows("admin-leave")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.page
    assert "style=" not in page.page


def test_forms_without_their_token_are_refused(installation: Installation, platform: FakePlatform) -> None:
    waiting(installation, platform)
    browser, page = administrator(installation, platform)
    root = page.path
    operators, _ = operator(installation)
    for path in ("deploiements/2", "etablissements/1", "droits", "droits/1/retirer"):
        for who, where in ((browser, f"{root}{path}"), (operators, f"/administration/{path}")):
            answer = who.post(where, {"decision": "accept", "_csrf": "0" * 64})
            assert answer.status_code == 403, where
            assert 'data-code="forged"' in answer.text


def test_one_session_of_the_operator_does_not_sign_the_forms_of_another(
    installation: Installation, platform: FakePlatform
) -> None:
    waiting(installation, platform)
    _, theirs = operator(installation)
    token = form_token(theirs.open("/administration/deploiements").page)
    mine, _ = operator(installation)
    assert mine.post("/administration/deploiements/2", {"decision": "accept", "_csrf": token}).status_code == 403


def form_token(page: str) -> str:
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


# Connecter


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("moodle", ["URL de l’outil…", "Ajouter LTI Advantage", "Gérer les outils", "Jeu de clefs public", "Activer"]),
        ("canvas", ["Developer Keys", "Paste JSON", "By Client ID"]),
        ("openedx", ["Tool Keyset URL", "Registered Redirect URIs", "Deep Linking Launch URL"]),
        ("autre", ["initiate login URI", "JWKS"]),
    ],
)
def test_each_platform_has_its_own_form(installation: Installation, tab: str, words: list[str]) -> None:
    _, page = operator(installation)
    page.press(f"tab-{tab}") if tab != "moodle" else page.open("/administration/?plateforme=moodle")
    shown = unescape(page.page).replace("\u00a0", " ")
    for word in [*words, f"{BASE_URL}/lti/launch", f"{BASE_URL}/.well-known/jwks.json", f"{BASE_URL}/lti/login"]:
        assert word in shown, word
    assert "passerelle platform add" in page.words("add-command")


def test_what_is_to_be_copied_can_be_selected_without_the_script(installation: Installation) -> None:
    _, page = operator(installation)
    assert page.words("invite-command") == "passerelle platform invite"
    buttons = [each for each in page.elements if each.get("data-test").startswith("copy-")]
    assert buttons
    for button in buttons:
        assert "hidden" in button.attributes
        source = button.get("data-copy").removeprefix("#")
        assert [each.tag for each in page.elements if each.get("id") == source] in (["code"], ["pre"])


def test_connect_opens_on_the_tab_of_the_platform_that_launched(
    installation: Installation, platform: FakePlatform
) -> None:
    browser = installation.browser()
    canvas = {"tool_platform": {"product_family_code": "canvas", "guid": "c"}}
    with installation.tool.database.write() as session:
        session.execute(update(Platform).values(product="canvas"))
    page = window(browser).open(browser.enter(platform, AS_ADMINISTRATOR | canvas))
    assert page.shows("canvas-json")


def test_no_page_makes_an_invitation(installation: Installation, platform: FakePlatform) -> None:
    for _, page in (administrator(installation, platform), operator(installation)):
        for rest in PAGES:
            page.open(page.path.split("administration/")[0] + "administration/" + rest)
    assert installation.count("invitation") == 0


# Deployments


def test_a_waiting_deployment_is_accepted_and_then_launches(installation: Installation, platform: FakePlatform) -> None:
    waiting(installation, platform)
    _, page = administrator(installation, platform)
    assert page.shows("waiting")
    page.press("admin-deployments")
    assert page.words("deployment").count("En attente") == 1
    page.press("deployment-accept")
    assert "En attente" not in page.words("deployment")
    assert installation.browser().launch(platform, {"deployment_id": "9"}).status_code == 303
    page.open(page.path.split("deploiements")[0])
    assert not page.shows("waiting")


def test_a_deployment_is_refused_and_launches_no_more(installation: Installation, platform: FakePlatform) -> None:
    waiting(installation, platform)
    _, page = operator(installation)
    page.open("/administration/deploiements").press("deployment-refuse")
    answer = installation.browser().launch(platform, {"deployment_id": "9"})
    assert 'data-code="deployment-refused"' in answer.text


def test_an_administrator_sees_and_decides_for_their_own_platform_alone(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    waiting(installation, other_platform, "foreign")
    browser, page = administrator(installation, platform)
    token = form_token(page.open(page.path + "deploiements").page)
    assert "foreign" not in page.page
    with installation.tool.database.read() as session:
        foreign = session.scalars(select(Deployment.id).where(Deployment.deployment_id == "foreign")).one()
    answer = browser.post(f"{page.path}/{foreign}", {"decision": "accept", "_csrf": token})
    assert answer.status_code == 404
    assert installation.browser().launch(other_platform, {"deployment_id": "foreign"}).status_code == 403
    _, everything = operator(installation)
    assert "foreign" in everything.open("/administration/deploiements").page


def test_a_decision_that_is_none_changes_nothing(installation: Installation, platform: FakePlatform) -> None:
    browser, page = administrator(installation, platform)
    token = form_token(page.open(page.path + "deploiements").page)
    assert browser.post(f"{page.path}/1", {"decision": "perhaps", "_csrf": token}).status_code == 400


# Schools


def answered(installation: Installation, platform: FakePlatform) -> None:
    """A parent begins a parcours, so that there is a statement of the context."""
    browser = installation.browser()
    with installation.tool.database.write() as session:
        session.execute(update(Person).values(notice_seen_at=installation.clock()))
    page = browser.enter(platform)
    with installation.tool.database.write() as session:
        launch = browser.launched(page)
        installation.tool.recorder.record(
            session, launch, verb=Verb.EXPERIENCED, object=activity("https://x.example/a"), now=installation.clock()
        )


def statements_of_school(installation: Installation, uai: str) -> int:
    with installation.tool.database.read() as session:
        found = installation.tool.statements.search(session, StatementQuery(), scope=Scope(school=uai))
        return len(found.statements)


def test_a_context_is_tied_to_a_school_and_its_statements_follow(
    installation: Installation, platform: FakePlatform
) -> None:
    answered(installation, platform)
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    assert page.words("context-school") == "Aucun établissement"
    page.fill("school-uai", " 095 1234a ")
    page.fill("school-name", "Collège Jean-Moulin")
    page.press("school-tie")
    assert page.words("context-school") == "Collège Jean-Moulin 0951234A"
    assert statements_of_school(installation, "0951234A") == 1
    page.press("school-untie")
    assert page.words("context-school") == "Aucun établissement"
    assert statements_of_school(installation, "0951234A") == 0


def test_a_launch_knows_the_school_of_its_context(installation: Installation, platform: FakePlatform) -> None:
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    page.fill("school-uai", "0951234A")
    page.fill("school-name", "Collège")
    page.press("school-tie")
    browser = installation.browser()
    assert browser.launched(browser.enter(platform)).school_uai == "0951234A"


def test_a_known_school_needs_no_name_and_keeps_its_own(installation: Installation, platform: FakePlatform) -> None:
    with installation.tool.database.write() as session:
        session.add(School(uai="0951234A", name="Collège Jean-Moulin"))
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    page.fill("school-uai", "0951234A")
    page.fill("school-name", "Autre nom")
    page.press("school-tie")
    assert "Collège Jean-Moulin" in page.words("context-school")


@pytest.mark.parametrize("uai", ["951234A", "09512345", "0951234AB", "ABCDEFGH", "٠٩٥١٢٣٤A", "0951234\u00c9"])
def test_a_uai_of_another_form_is_refused_with_what_it_should_be(
    installation: Installation, platform: FakePlatform, uai: str
) -> None:
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    page.fill("school-uai", uai)
    page.fill("school-name", "Collège")
    page.press("school-tie")
    assert page.status == 400
    assert "sept chiffres et une lettre" in page.words("fault")
    assert f'value="{uai}"' in page.page
    assert installation.count("school") == 0


def test_a_new_school_needs_its_name(installation: Installation, platform: FakePlatform) -> None:
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    page.fill("school-uai", "0951234A")
    page.press("school-tie")
    assert page.status == 400
    assert "son nom" in page.words("fault")
    page.press("school-tie")
    assert page.status == 400


def test_a_context_of_another_platform_cannot_be_tied(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    installation.browser().enter(other_platform)
    browser, page = administrator(installation, platform)
    page.press("admin-schools")
    with installation.tool.database.read() as session:
        foreign = session.scalars(select(Context.id).order_by(Context.id)).first()
    data = {"action": "tie", "uai": "0951234A", "name": "Collège", "_csrf": form_token(page.page)}
    assert browser.post(f"{page.path}/{foreign}", data).status_code == 404
    assert installation.count("school") == 0


# Rights


def test_a_right_is_given_listed_and_taken_back(installation: Installation, platform: FakePlatform) -> None:
    installation.browser().enter(platform)  # Awa has come once
    _, page = administrator(installation, platform)
    page.press("admin-grants")
    assert page.shows("no-grant")
    page.fill("grant-holder", option(page, "Awa"))
    page.fill("grant-role", "mediator")
    page.press("grant-give")
    listed = page.words("grant")
    for expected in ("Awa Diagne-Lefèvre", "Médiateur numérique", "Toute la plateforme", "Hélène"):
        assert expected in listed
    page.press("grant-withdraw")
    assert "retiré le" in page.words("grant")
    with installation.tool.database.read() as session:
        grant = session.scalars(select(Grant)).one()
    assert grant.withdrawn_at is not None
    assert grant.given_by is not None


def option(page: PlainBrowser, words: str) -> str:
    found = [each.get("value") for each in page.elements if each.tag == "option" and words in each.words]
    assert found, words
    return found[0]


def test_a_right_may_be_for_one_school_or_one_context(installation: Installation, platform: FakePlatform) -> None:
    installation.browser().enter(platform)
    _, page = administrator(installation, platform)
    page.press("admin-schools")
    page.fill("school-uai", "0951234A")
    page.fill("school-name", "Collège Jean-Moulin")
    page.press("school-tie").press("admin-grants")
    for words in ("Collège Jean-Moulin", "Espace des parents"):
        page.fill("grant-holder", option(page, "Awa"))
        page.fill("grant-role", "teacher")
        page.fill("grant-scope", option(page, words))
        page.press("grant-give")
        assert page.status == 200
        assert words in page.words("grant")


def test_a_placement_may_hold_a_right_but_not_administer(installation: Installation, platform: FakePlatform) -> None:
    _, page = administrator(installation, platform)
    page.press("admin-grants")
    page.fill("grant-holder", option(page, "Mon ENT, pas à pas"))
    page.fill("grant-role", "administrator")
    page.press("grant-give")
    assert page.status == 400
    assert "à une personne" in page.words("fault")
    page.fill("grant-holder", option(page, "Mon ENT, pas à pas"))
    page.fill("grant-role", "mediator")
    assert page.press("grant-give").status == 200
    assert "Mon ENT, pas à pas" in page.words("grant")


def test_somebody_given_the_right_may_administer_and_no_longer_when_it_is_taken_back(
    installation: Installation, platform: FakePlatform
) -> None:
    parent = installation.browser()
    root = parent.enter(platform).split("/")[2]
    _, page = administrator(installation, platform)
    page.press("admin-grants")
    page.fill("grant-holder", option(page, "Awa"))
    page.fill("grant-role", "administrator")
    page.press("grant-give")
    assert parent.get(f"/l/{root}/administration/").status_code == 200
    page.press("grant-withdraw")
    assert parent.get(f"/l/{root}/administration/").status_code == 403


def test_people_are_looked_for_by_name(installation: Installation, platform: FakePlatform) -> None:
    for number, name in enumerate(("Awa", "Bilal", "100 %")):
        installation.browser().enter(platform, {"sub": f"p{number}", "name": name})
    _, page = administrator(installation, platform)
    page.press("admin-grants")
    page.open(f"{page.path}?q=bil")
    people = [each.words for each in page.elements if each.get("value").startswith("person:")]
    assert len(people) == 1
    assert people[0].startswith("Bilal")
    page.open(f"{page.path.split('?')[0]}?q=%25")
    assert [each.words[:5] for each in page.elements if each.get("value").startswith("person:")] == ["100 %"]
    page.open(f"{page.path.split('?')[0]}?q=nobody")
    assert page.shows("grant-form")  # placements remain


@pytest.mark.parametrize(
    ("holder", "role", "scope", "status"),
    [
        ("person:{foreign}", "teacher", "platform", 404),
        ("person:999", "teacher", "platform", 404),
        ("person:{own}", "owner", "platform", 400),
        ("person:{own}", "teacher", "context:{foreign_context}", 404),
        ("person:{own}", "teacher", "school:999", 404),
        ("person:{own}", "administrator", "context:{own_context}", 400),
        ("person:x", "teacher", "platform", 400),
        ("person:99999999999999999999", "teacher", "platform", 400),
        ("context:1", "teacher", "platform", 400),
        ("", "teacher", "platform", 400),
        ("person:{own}", "", "platform", 400),
    ],
)
def test_a_right_that_reaches_too_far_or_says_nothing_is_refused(
    installation: Installation,
    platform: FakePlatform,
    other_platform: FakePlatform,
    holder: str,
    role: str,
    scope: str,
    status: int,
) -> None:
    browser, page = administrator(installation, platform)
    other = installation.browser()
    foreign = other.launched(other.enter(other_platform, {"sub": "foreign"}))
    own = browser.launched(page.path)
    page.press("admin-grants")
    names = {
        "own": own.person_id,
        "foreign": foreign.person_id,
        "own_context": own.context_id,
        "foreign_context": foreign.context_id,
    }
    data = {"holder": holder.format(**names), "role": role, "scope": scope.format(**names)}
    answer = browser.post(page.path, data | {"_csrf": form_token(page.page)})
    assert answer.status_code == status
    assert installation.count("grant_") == 0


def test_a_right_of_another_platform_cannot_be_taken_back(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    _, theirs = administrator(installation, other_platform)
    theirs.press("admin-grants")
    theirs.fill("grant-holder", option(theirs, "Hélène"))
    theirs.fill("grant-role", "mediator")
    theirs.press("grant-give")
    browser, page = administrator(installation, platform)
    page.press("admin-grants")
    assert not page.shows("grant")
    assert browser.post(f"{page.path}/1/retirer", {"_csrf": form_token(page.page)}).status_code == 404
    _, everything = operator(installation)
    everything.open("/administration/droits").press("grant-withdraw")
    assert "retiré le" in everything.words("grant")


def test_the_operator_gives_rights_on_every_platform(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    for each in (platform, other_platform):
        installation.browser().enter(each, {"sub": "p", "name": f"Chez {each.url[-5:]}"})
    _, page = operator(installation)
    page.open("/administration/droits")
    page.fill("grant-holder", option(page, f"Chez {other_platform.url[-5:]}"))
    page.fill("grant-role", "certification")
    page.press("grant-give")
    assert "par l’exploitant" in page.words("grant")
    with installation.tool.database.read() as session:
        grant = session.scalars(select(Grant)).one()
        person = session.get_one(Person, grant.person_id)
    assert grant.platform_id == person.platform_id == 2


# The log


def test_the_log_says_why_in_words_and_shows_the_reference(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    refused = installation.browser().launch(platform, {"deployment_id": "9"})
    other = installation.browser().launch(other_platform, {"deployment_id": "9"})
    _, page = administrator(installation, platform)
    page.press("admin-log")
    shown = page.words("launch-log")
    assert "L’activité s’est ouverte." in shown
    assert "Le déploiement attend votre accord" in shown
    code = re.search(r'data-test="reference">([2-9A-Z]{8})<', refused.text)
    assert code
    assert code[1] in shown
    foreign = re.search(r'data-test="reference">([2-9A-Z]{8})<', other.text)
    assert foreign
    assert foreign[1] not in page.page
    _, everything = operator(installation)
    assert foreign[1] in everything.open("/administration/journal").page


def test_the_log_holds_nobodys_name(installation: Installation, platform: FakePlatform) -> None:
    installation.browser().enter(platform)
    _, page = operator(installation)
    page.open("/administration/journal")
    assert "Awa" not in page.page
    assert title(page.page) == "Journal des lancements"


# The doctor's page


def test_the_doctors_page_probes_this_very_browser(installation: Installation, platform: FakePlatform) -> None:
    browser, page = administrator(installation, platform)
    root = page.path
    first = browser.get(f"{root}verifier")
    assert first.status_code == 303
    probes = first.headers.getlist("Set-Cookie")
    assert sorted("Partitioned" in cookie for cookie in probes) == [False, True]
    page.open(f"{root}verifier")
    assert finding(page, "cookies").get("data-ok") == "yes"
    assert "Partitioned: ✓; SameSite=None: ✓" in page.words("report")


def finding(page: PlainBrowser, check: str) -> dict[str, str]:
    return next(each.attributes for each in page.elements if each.get("data-check") == check)


def test_a_browser_that_gives_the_cookie_back_no_more_sees_a_red_line(
    installation: Installation, platform: FakePlatform
) -> None:
    browser, page = administrator(installation, platform)
    where = browser.get(f"{page.path}verifier").headers["Location"]
    browser.client.delete_cookie("__Host-pl-doctor", domain="tool.example.test")
    page.open(where)
    assert finding(page, "cookies").get("data-ok") == "no"
    assert "nouvel onglet" in page.words("remedy")


def test_third_party_cookies_blocked_but_for_partitioned_ones_is_all_right(
    installation: Installation, platform: FakePlatform
) -> None:
    browser, page = administrator(installation, platform)
    where = browser.get(f"{page.path}verifier").headers["Location"]
    browser.client.delete_cookie("__Host-pl-doctor-plain", domain="tool.example.test")
    page.open(where)
    assert finding(page, "cookies").get("data-ok") == "yes"
    assert "Partitioned: ✓; SameSite=None: ✗" in page.words("report")


def test_an_old_probe_is_made_anew(installation: Installation, platform: FakePlatform) -> None:
    browser, page = administrator(installation, platform)
    where = browser.get(f"{page.path}verifier").headers["Location"]
    installation.clock.advance(seconds=61)
    assert browser.get(where).status_code == 303
    assert browser.get(f"{page.path}verifier?sonde=nonsense").status_code == 303


def test_the_doctors_page_shows_each_remedy_and_a_report(installation: Installation, platform: FakePlatform) -> None:
    _, page = operator(installation)
    page.open("/administration/verifier")
    # Nothing serves https://tool.example.test in a test: the page must say so.
    assert finding(page, "public-url").get("data-ok") == "no"
    assert "proxy" in page.words("remedy")
    assert "[!!] Réponse à l’adresse publique" in page.words("report")
    assert platform.issuer in page.words("report")


def test_an_lti_administrator_sees_their_own_platform_and_no_detail_of_the_server(
    installation: Installation, platform: FakePlatform, other_platform: FakePlatform
) -> None:
    _, page = administrator(installation, platform)
    page.press("admin-examine")
    assert platform.issuer in page.page
    assert other_platform.issuer not in page.page
    assert str(installation.tool.settings.keys_dir) not in page.page
    _, everything = operator(installation)
    everything.open("/administration/verifier")
    assert other_platform.issuer in everything.page


def test_what_a_platform_is_called_is_shown_as_text(installation: Installation, platform: FakePlatform) -> None:
    hostile = "<script>alert(1)</script>"
    installation.browser().enter(platform, {"name": hostile, "context": {"id": hostile, "title": hostile}})
    _, page = operator(installation)
    for rest in PAGES:
        page.open(f"/administration/{rest}")
        assert hostile not in page.page


def test_a_launch_of_an_administrator_ends_with_its_platform(
    installation: Installation, platform: FakePlatform
) -> None:
    browser, page = administrator(installation, platform)
    with installation.tool.database.write() as session:
        session.execute(update(LaunchRecord).values(expires_at=installation.clock()))
    assert browser.get(page.path).status_code == 401


@pytest.mark.postgresql
def test_every_page_works_on_postgresql(
    install: Install, postgresql_url: str, platform_keys: dict[str, RSAPrivateKey]
) -> None:
    database = Database(postgresql_url)
    upgrade(database)
    database.dispose()
    installation = install(database_url=postgresql_url)
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        waiting(installation, platform)
        _, page = administrator(installation, platform)
        page.press("admin-schools")
        page.fill("school-uai", "0951234A")
        page.fill("school-name", "Collège Jean-Moulin")
        page.press("school-tie").press("admin-grants")
        page.open(f"{page.path}?q=hélène")
        page.fill("grant-holder", option(page, "Hélène"))
        page.fill("grant-role", "teacher")
        page.fill("grant-scope", option(page, "Collège Jean-Moulin"))
        page.press("grant-give")
        assert "Collège Jean-Moulin" in page.words("grant")
        page.press("grant-withdraw")
        root = page.path.split("droits")[0]
        for rest in PAGES:
            assert page.open(root + rest).status == 200
        assert {finding(page, check)["data-ok"] for check in ("database", "migrations", "queue")} == {"yes"}

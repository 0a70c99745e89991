import json

import pytest

from lti_tool.administration.connecting import KINDS, addresses, canvas_configuration, kind_of, sections
from lti_tool.lti.registration import SCOPES, tool_registration
from lti_tool.settings import Settings

SETTINGS = Settings(base_url="https://passerelle.example:8443")


@pytest.mark.parametrize(
    ("wanted", "product", "kind"),
    [
        (None, None, "moodle"),
        (None, "moodle", "moodle"),
        (None, "canvas", "canvas"),
        (None, "Open edX", "openedx"),
        (None, "desire2learn", "autre"),
        ("canvas", "moodle", "canvas"),
        ("nonsense", "moodle", "moodle"),
        ("", None, "moodle"),
    ],
)
def test_the_tab_is_the_one_asked_for_else_the_platforms_own(
    wanted: str | None, product: str | None, kind: str
) -> None:
    assert kind_of(wanted, product) == kind


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "canvas"])
def test_every_form_gives_the_addresses_that_a_registration_gives(kind: str) -> None:
    registered = tool_registration(SETTINGS, "")
    values = " ".join(str(row.value) for section in sections(kind, SETTINGS) for row in section.rows)
    assert str(registered["initiate_login_uri"]) in values
    assert str(registered["jwks_uri"]) in values
    assert str(registered["redirect_uris"][0]) in values  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_every_address_can_be_copied(kind: str) -> None:
    for section in sections(kind, SETTINGS):
        for row in section.rows:
            assert row.copied == ("https://" in str(row.value)), row


def test_moodles_form_asks_for_names_and_not_for_addresses_of_people() -> None:
    rows = {str(row.label): str(row.value) for section in sections("moodle", SETTINGS) for row in section.rows}
    assert rows["Partager le nom de l’utilisateur avec l’outil"] == "Toujours"
    assert rows["Partager le courriel de l’utilisateur avec l’outil"] == "Jamais"
    assert rows["Version LTI"] == "LTI 1.3"


def test_canvas_is_given_json_with_our_scopes_and_names_alone() -> None:
    configuration = json.loads(canvas_configuration(SETTINGS, "Pour les parents"))
    extension = configuration["extensions"][0]
    assert configuration["scopes"] == list(SCOPES)
    assert configuration["oidc_initiation_url"] == addresses(SETTINGS).login
    assert configuration["public_jwk_url"] == addresses(SETTINGS).jwks
    assert extension["domain"] == "passerelle.example:8443"
    assert extension["privacy_level"] == "name_only"
    assert {each["message_type"] for each in extension["settings"]["placements"]} == {"LtiDeepLinkingRequest"}

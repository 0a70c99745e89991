import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lti_tool.administration as administration
from lti_tool.administration.findings import DETAIL_LIMIT, Finding, all_well, without_secrets
from lti_tool.administration.wording import CHECKS, FAULTS, REASONS, ROLES, line, reason, report
from lti_tool.people.model import GrantRole
from lti_tool.web.wording import WORDINGS

FOLDER = Path(administration.__file__).parent
CODE = "\n".join(
    (FOLDER / name).read_text() for name in ("checks_here.py", "checks_platforms.py", "doctor.py", "views.py")
)
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjMSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"assertion {TOKEN} refused", "assertion … refused"),
        ("eyJhbGciOiJub25lIn0.eyJhIjoxfQ.", "…"),
        ("postgresql://passerelle:s3cret@db/passerelle", "postgresql://…@db/passerelle"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("https://ent.example/jwks: HTTP 503", "https://ent.example/jwks: HTTP 503"),
    ],
)
def test_a_detail_is_shown_without_what_is_secret(text: str, hidden: str) -> None:
    assert without_secrets(text) == hidden


@given(st.text())
def test_a_detail_is_one_bounded_line_and_hiding_it_again_changes_nothing(text: str) -> None:
    shown = without_secrets(text)
    assert len(shown) <= DETAIL_LIMIT
    assert "\n" not in shown
    assert without_secrets(shown) == shown


@given(st.text(alphabet="abc ://@.", max_size=20), st.text(alphabet="xyz", min_size=1, max_size=10))
def test_a_token_never_comes_through(around: str, end: str) -> None:
    assert TOKEN not in without_secrets(f"{around}{TOKEN}{end}")


def test_every_check_and_fault_of_the_code_has_its_words_and_no_other() -> None:
    checks = set(re.findall(r'Finding\(\s*"([a-z-]+)"', CODE))
    assert checks == set(CHECKS)
    quoted = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', CODE))
    assert set(FAULTS) <= quoted
    assert {code for code in quoted if code.split("-")[0] in {"frames", "token", "keys", "platform", "url"}} <= {
        *FAULTS,
        *CHECKS,
    }


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_the_words_of_a_fault_ask_only_for_what_the_code_gives(code: str) -> None:
    given_anywhere = set(re.findall(r'"([a-z]+)":', CODE))
    assert placeholders(str(FAULTS[code].happened)) | placeholders(str(FAULTS[code].remedy)) <= given_anywhere


def test_a_green_line_has_no_remedy_and_a_red_one_has() -> None:
    green = line(Finding("clock", subject="https://ent.example", detail="+1 s"))
    red = line(Finding("clock", "clock-skew", "https://ent.example", "+95 s", {"seconds": 95}))
    assert (green.ok, green.happened, green.remedy) == (True, "", "")
    assert "95 secondes" in red.happened
    assert red.remedy
    assert all_well([Finding("clock")])
    assert not all_well([Finding("clock"), Finding("clock", "clock-skew")])


def test_the_report_is_the_lines_in_their_order() -> None:
    lines = [
        line(Finding("database", detail="sqlite")),
        line(Finding("clock", "clock-skew", "https://ent.example", "+95 s", {"seconds": 95})),
    ]
    assert report(lines, ["Passerelle 1"]).replace("\u00a0", " ").splitlines() == [
        "Passerelle 1",
        "",
        "[OK] Base de données",
        "     sqlite",
        "[!!] Horloge de la plateforme (https://ent.example)",
        "     +95 s",
        "     L’horloge de la plateforme et la nôtre diffèrent de 95 secondes.",
        "     Mettez ce serveur et celui de la plateforme à l’heure (NTP).",
    ]


def test_every_outcome_of_the_log_has_a_reason_in_words() -> None:
    for code in {*REASONS, *WORDINGS, "never-heard-of"}:
        assert reason(code).endswith((".", "!")), code
    assert reason("never-heard-of") == str(WORDINGS["launch-rejected"].happened)


def test_every_role_that_can_be_given_has_its_name() -> None:
    assert set(ROLES) == set(GrantRole)

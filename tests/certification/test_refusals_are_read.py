"""The page of a refusal is in the language of who reads it, and can be read inside the platform's frame."""

import pytest
from fake_platform import ABSENT
from front_door import Browser, Installation
from verdicts import Door


@pytest.mark.parametrize(
    ("accepts", "language", "direction"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.5", "fr", "ltr"),
        ("en-GB,en;q=0.9", "en", "ltr"),
        ("ar-MA,ar;q=0.9,fr;q=0.5", "ar", "rtl"),
        ("pt-BR,ar;q=0.5", "ar", "rtl"),
        ("zh-CN", "fr", "ltr"),
        ("", "fr", "ltr"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_browser(
    door: Door, installation: Installation, accepts: str, language: str, direction: str
) -> None:
    browser = Browser(installation, accepts)
    started = browser.begin(door.platform)
    answer = browser.answer(started, door.sign(started, {"version": ABSENT}))
    assert answer.status_code == 400
    assert f'<html lang="{language}" dir="{direction}">' in answer.text


def test_a_refusal_can_be_read_inside_the_frame_of_its_platform(door: Door) -> None:
    answer = door.refuses("claim-invalid", {"version": ABSENT})
    policy = answer.headers["Content-Security-Policy"]
    assert f"frame-ancestors {door.platform.issuer};" in policy + ";"
    assert "X-Frame-Options" not in answer.headers


def test_a_refusal_of_a_platform_that_nobody_knows_can_be_read_in_any_frame(door: Door) -> None:
    answer = door.refuses_login("platform-unknown", iss="https://unknown.example")
    assert "frame-ancestors *;" in answer.headers["Content-Security-Policy"] + ";"


def test_each_refusal_has_a_reference_of_its_own(door: Door) -> None:
    answers = [door.refuses("claim-invalid", {"version": ABSENT}) for _ in range(3)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3


def test_a_refusal_is_not_kept_by_any_cache(door: Door) -> None:
    assert door.refuses("claim-invalid", {"version": ABSENT}).headers["Cache-Control"] == "no-store"

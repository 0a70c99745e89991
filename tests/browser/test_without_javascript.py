"""Every page is plain HTML: a browser that runs no script does the same."""

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import Devices
from devices import PHONE
from playwright.sync_api import expect
from serving import Served
from visiting import ANSWERS, Answering, Visitor

pytestmark = pytest.mark.browser

SITUATION = next(number for number, item in enumerate(ANSWERS, 1) if item["kind"] == "situation")


def test_without_javascript_a_parent_goes_from_the_welcome_through_every_kind_of_question(
    placed: Served, new_context: Devices
) -> None:
    visitor = Visitor(new_context(java_script_enabled=False, viewport=PHONE), placed)
    visitor.become("noel")
    activity = visitor.last_activity()
    visitor.goto(f"launch/{activity}")
    for _ in range(2):  # the ENT's own forms, which a script would send: login, then the answer
        visitor.press("demo-continue")
    parent = Answering(visitor.page)
    parent.find("start").click()
    parent.find("accept-notice").click()
    # The notice leads back to the welcome, which a script would send on.
    parent.find("start").click()
    for number, item in enumerate(ANSWERS[:SITUATION], 1):
        expect(parent.find("progress")).to_contain_text(str(number))
        _answer(parent, item)
        expect(parent.find("outcome")).to_have_attribute("data-value", "right")
        if number < SITUATION:
            parent.find("next").click()
    expect(visitor.page.locator("#feedback")).not_to_be_empty()
    for control in ("listen", "print"):
        expect(parent.find(control)).not_to_be_visible()


def _answer(parent: Answering, item: Mapping[str, Any]) -> None:
    parent.fill(item, item["right"])
    parent.find("situation-done" if item["kind"] == "situation" else "validate").click()

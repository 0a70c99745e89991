"""What people do at the demonstration ENT and in the tool's frame, in their own words."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect
from serving import Served

ANSWERS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "answers_mon_ent.json").read_text())["items"]
PARCOURS = "mon-ent-et-educonnect"
TITLE = "Mon ENT et ÉduConnect"


class Visitor:
    """Somebody with a device, at the demonstration ENT."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.context, self.served = context, served
        self.page: Page = context.pages[0] if context.pages else context.new_page()

    @property
    def tool(self) -> FrameLocator:
        """The tool in the ENT's page."""
        return self.page.frame_locator("[data-test=demo-frame]")

    def goto(self, path: str = "") -> None:
        """Open a page of the ENT."""
        self.page.goto(f"{self.served.ent}/{path}")

    def press(self, test: str) -> None:
        """Press something on the ENT's own page."""
        self.page.get_by_test_id(test).click()

    def start_afresh(self) -> None:
        """Everybody becomes somebody new, and no tool is installed."""
        self.goto()
        self.press("demo-reset")

    def become(self, slug: str, language: str = "fr") -> None:
        """Choose who to be, and the language that the ENT announces."""
        self.goto()
        self.page.get_by_test_id(f"demo-language-{language}").check()
        self.press(f"demo-person-{slug}")
        expect(self.page.get_by_test_id("demo-who")).to_be_visible()

    def install(self) -> None:
        """Install the tool by the one-click button: its registration page in a frame, and « Terminer »."""
        self.press("demo-install")
        frame = self.page.frame_locator("[data-test=demo-registration-frame]")
        frame.get_by_test_id("register-confirm").click()
        expect(frame.get_by_test_id("registered")).to_be_visible()
        frame.get_by_test_id("registration-close").click()
        expect(self.page.get_by_test_id("demo-registration-frame")).to_have_count(0)

    def place(self, *, with_grade: bool) -> None:
        """Place the parcours by deep linking."""
        self.goto("open/deep-linking")
        entry = self.tool.get_by_test_id("catalogue-entry").filter(has_text=TITLE)
        entry.get_by_test_id("pick").check()
        if with_grade:
            entry.get_by_test_id("grade-options").click()
            entry.get_by_test_id("send-grade").check()
        self.tool.get_by_test_id("place").click()
        expect(self.tool.get_by_test_id("demo-proposal")).to_contain_text(TITLE)
        self.tool.get_by_test_id("demo-confirm").click()
        expect(self.page.get_by_test_id("demo-activities")).to_contain_text(TITLE)

    def last_activity(self) -> str:
        """The class's last activity, as `launch/…` names it."""
        self.goto("class")
        test = self.page.locator("[data-test^=demo-activity-]").last.get_attribute("data-test") or ""
        return test.removeprefix("demo-")

    def launch(self, what: str) -> Page:
        """Launch at top level, where a page can be looked at alone."""
        self.goto(f"launch/{what}")
        self.page.wait_for_url(lambda url: "/l/" in url)
        return self.page

    def open_activity(self) -> FrameLocator:
        """Open the class's last activity, in the ENT's page."""
        self.goto("class")
        self.page.locator("[data-test^=demo-activity-]").last.click()
        return self.tool


class Answering:
    """A parent at work in a frame or a page that holds the tool."""

    def __init__(self, tool: FrameLocator | Page) -> None:
        self.tool = tool

    def find(self, test: str, value: str | None = None) -> Locator:
        """What bears that `data-test`, and that `data-value`."""
        return self.tool.locator(f'[data-test="{test}"]' + (f'[data-value="{value}"]' if value else ""))

    def begin(self) -> None:
        """From the welcome, through the notice, to the first question."""
        self.find("start").click()
        self.find("accept-notice").click()
        self.stands_at(1)

    def stands_at(self, number: int) -> None:
        """The question of that number is shown, ready for an answer."""
        expect(self.find("progress")).to_contain_text(re.compile(rf"\b{number}\b.*\b{len(ANSWERS)}\b"))
        expect(self.tool.locator("form#unknown")).to_have_count(1)

    def answer(self, item: Mapping[str, Any], *, outcome: str = "right") -> None:
        """Answer rightly, or by the first of the wrong answers, and read the feedback."""
        self.fill(item, item["right" if outcome == "right" else "wrong"])
        self.find("situation-done" if item["kind"] == "situation" else "validate").click()
        expect(self.find("outcome")).to_have_attribute("data-value", outcome)

    def fill(self, item: Mapping[str, Any], wanted: list[str]) -> None:
        """Put an answer in the form, and send nothing (a situation's acts are sent, one by one)."""
        match item["kind"]:
            case "situation":
                for action in item["actions"]:
                    self.act(action)
            case "text":
                self.find("option").fill(wanted[0])
            case "choice":
                self.find("option", wanted[0]).click()
            case _:
                for value in wanted:
                    self.find("option", value).click()

    def act(self, action: Mapping[str, Any]) -> None:
        """One act on a mock screen: its fields, then its button."""
        for name, value in action["fields"].items():
            self._set(self.find(f"area-{name}"), value)
        moves = self.tool.locator("input[name=moves]")
        before = int(moves.input_value())
        self.find(f"area-{action['area']}").click()
        expect(moves).not_to_have_value(str(before))

    @staticmethod
    def _set(field: Locator, value: str) -> None:
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        elif field.get_attribute("type") == "checkbox":
            field.set_checked(value == "true")
        else:
            field.fill(value)

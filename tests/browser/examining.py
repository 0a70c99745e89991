"""What a page must be for everybody: read by axe, at every width, in light and dark, with nothing hidden shown."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

NARROW = {"width": 320, "height": 640}
FRAMES = ({"width": 770, "height": 578}, {"width": 885, "height": 653})
"""Moodle's dialogue, and an activity on a laptop."""
SHOT_WIDTHS = (360, 1280)
SERIOUS = {"serious", "critical"}
TARGET_PIXELS = 44

_WIDER_THAN_THE_SCREEN = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const beyond = (box) => box.right > root.clientWidth + 1 || box.left < -1;
  return ["page"].concat([...document.body.querySelectorAll("*")]
    .filter((each) => beyond(each.getBoundingClientRect())).slice(0, 5).map((each) => each.outerHTML.slice(0, 120)));
}"""

_SMALL_TARGETS = """(least) => {
  const wanted = "button, .button, label.choice, summary, select, nav a, .back, .brand[href]"
    + ", input:not([type=hidden], [type=radio], [type=checkbox])";
  return [...document.querySelectorAll(wanted)].filter((each) => {
    const shown = each.checkVisibility({ visibilityProperty: true }) && !each.closest(".visually-hidden, .skip");
    const box = each.getBoundingClientRect();
    return shown && (box.height < least - 0.5 || box.width < least - 0.5);
  }).map((each) => each.outerHTML.slice(0, 120));
}"""

_NESTED_SCROLLERS = """() => [...document.body.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  const scrolls = ["auto", "scroll"].includes(style.overflowY) && each.scrollHeight > each.clientHeight + 1;
  return each.checkVisibility() && (scrolls || ["fixed", "sticky"].includes(style.position));
}).map((each) => each.outerHTML.slice(0, 120))"""

_HIDDEN_BUT_SHOWN = """() => [...document.querySelectorAll("[hidden]")]
  .filter((each) => getComputedStyle(each).display !== "none").map((each) => each.outerHTML.slice(0, 120))"""

_EMOJI = r"""() => document.body.innerText.match(/\p{Emoji_Presentation}/gu) || []"""


@dataclass(slots=True)
class Examined:
    """What was found wrong with one screen; empty lists are what is wanted."""

    name: str
    direction: str
    axe: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    small_targets: list[str] = field(default_factory=list)
    nested_scrollers: list[str] = field(default_factory=list)
    hidden_but_shown: list[str] = field(default_factory=list)
    emoji: list[str] = field(default_factory=list)


def violations(page: Page | Frame, **options: Any) -> list[str]:
    """What axe holds to be serious or critical, a line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['html'][:160]}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


class Tour:
    """Screens seen one after the other, each examined where it stands; pictures are kept when asked for.

    `PASSERELLE_SHOTS` names the folder that the pictures go to, for people to look at.
    """

    def __init__(self, name: str) -> None:
        self.name, self.seen = name, list[Examined]()
        folder = os.environ.get("PASSERELLE_SHOTS")
        self._shots = Path(folder) if folder else None

    def examine(self, page: Page, name: str) -> None:
        """Look at the page from all sides. Its state stays as it is; its size goes back to what it was."""
        page.locator("body").wait_for()
        page.wait_for_load_state()
        size = page.viewport_size
        result = Examined(name, page.evaluate("document.documentElement.dir"))
        result.hidden_but_shown = page.evaluate(_HIDDEN_BUT_SHOWN)
        result.emoji = page.evaluate(_EMOJI)
        result.axe = violations(page)
        page.emulate_media(color_scheme="dark")
        dark = violations(page, runOnly=["color-contrast", "link-in-text-block"])
        result.axe += [f"dark: {each}" for each in dark]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        result.too_wide = page.evaluate(_WIDER_THAN_THE_SCREEN)
        result.small_targets = page.evaluate(_SMALL_TARGETS, TARGET_PIXELS)
        for frame in FRAMES:
            page.set_viewport_size(frame)  # type: ignore[arg-type]
            result.nested_scrollers += page.evaluate(_NESTED_SCROLLERS)
            result.too_wide += page.evaluate(_WIDER_THAN_THE_SCREEN)
        self._picture(page, name)
        if size:
            page.set_viewport_size(size)
        self.seen.append(result)

    def _picture(self, page: Page, name: str) -> None:
        if self._shots is None:
            return
        self._shots.mkdir(parents=True, exist_ok=True)
        for width in SHOT_WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            file = f"{self.name}-{width}-{len(self.seen):02d}-{name}.png"
            page.screenshot(path=self._shots / file, full_page=True)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=self._shots / f"{self.name}-dark-{len(self.seen):02d}-{name}.png", full_page=True)
        page.emulate_media(color_scheme="light")

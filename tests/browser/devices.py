"""Real Chromium: one profile a device, with third-party cookies allowed, blocked, or refused in any form."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Playwright
from serving import Served

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
WAIT_MILLISECONDS = 15_000

COOKIES_THAT_WORK = """() => {
  const tried = (name, more) => {
    const attributes = "; Path=/; SameSite=None; Secure" + more;
    document.cookie = name + "=1" + attributes;
    const kept = document.cookie.includes(name + "=1");
    document.cookie = name + "=; Max-Age=0" + attributes;
    return kept;
  };
  return { plain: tried("tried-plain", ""), partitioned: tried("tried-partitioned", "; Partitioned") };
}"""
"""Run in a frame: which cookies the browser lets it have."""


def open_device(
    playwright: Playwright,
    folder: Path,
    *,
    block_third_party: bool = False,
    refuse_cookies_of: Served | None = None,
    **options: Any,
) -> BrowserContext:
    """A browser with a profile of its own in `folder`.

    `block_third_party`: Chromium's own « Block third-party cookies ». `refuse_cookies_of`: no cookie of that tool
    under the ENT's pages, not even a Partitioned one (what Firefox's strictest mode and older Safari do).
    """
    profile: dict[str, Any] = {
        "cookie_controls_mode": 1 if block_third_party else 0,
        "block_third_party_cookies": block_third_party,
    }
    if refuse_cookies_of is not None:
        pattern = f"{refuse_cookies_of.tool},{refuse_cookies_of.ent.removesuffix('/demo')}"
        profile["content_settings"] = {"exceptions": {"cookies": {pattern: {"setting": 2}}}}
    default = folder / "Default"
    default.mkdir(parents=True)
    (default / "Preferences").write_text(json.dumps({"profile": profile}))
    settings = {"viewport": LAPTOP, "locale": "fr-FR", "ignore_https_errors": True, **options}
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, headless=True, args=FLAGS, **settings
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    return context

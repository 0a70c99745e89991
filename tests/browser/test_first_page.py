"""A parent on a slow line: what the first page of an activity weighs, with nothing cached."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import Devices
from devices import PHONE
from playwright.sync_api import Page, expect
from serving import Served
from visiting import Visitor

pytestmark = pytest.mark.browser

MOST_BYTES = 60 * 1024
MOST_REQUESTS = 6


@dataclass(slots=True)
class Traffic:
    """What went over the line to the tool, from the login's start."""

    urls: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    bytes_received: int = 0

    def watch(self, page: Page, served: Served) -> None:
        """Listen to the browser's own count of bytes, headers included."""
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")

        def sent(event: dict[str, Any]) -> None:
            url = event["request"]["url"]
            self.urls[event["requestId"]] = url
            hop = event.get("redirectResponse")
            if hop and self._ours(hop["url"], served):
                self.bytes_received += int(hop["encodedDataLength"])
            if self._ours(url, served):
                self.requests.append(url)

        def ended(event: dict[str, Any]) -> None:
            if self._ours(self.urls.get(event["requestId"], ""), served):
                self.bytes_received += int(event["encodedDataLength"])

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.loadingFinished", ended)

    @staticmethod
    def _ours(url: str, served: Served) -> bool:
        return url.startswith(served.tool) and not url.startswith(served.ent)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_first_page_of_an_activity_is_light(placed: Served, new_context: Devices, language: str) -> None:
    visitor = Visitor(new_context(viewport=PHONE), placed)
    visitor.become("noel", language)
    activity = visitor.last_activity()
    traffic = Traffic()
    traffic.watch(visitor.page, placed)
    visitor.goto(f"launch/{activity}")
    expect(visitor.page.get_by_test_id("start")).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    page = [url for url in traffic.requests if "/lti/" not in url]
    assert any("/static/" in url for url in page)
    assert len(page) <= MOST_REQUESTS, page
    assert 1000 < traffic.bytes_received <= MOST_BYTES  # the login's and the launch's redirects are in it too

"""Where a browser gives a frame no cookie at all, the way out is a tab of the tool's own; hand-overs work once."""

from urllib.parse import urljoin

import pytest
from conftest import Devices
from devices import COOKIES_THAT_WORK, PHONE
from examining import violations
from playwright.sync_api import Page, expect
from serving import Served
from visiting import Answering, Visitor

pytestmark = pytest.mark.browser


def test_a_parent_whose_browser_refuses_cookies_in_frames_works_in_a_new_tab(
    placed_on_two_sites: Served, devices: Devices
) -> None:
    visitor = Visitor(devices(refuse_cookies_of=placed_on_two_sites, viewport=PHONE), placed_on_two_sites)
    visitor.become("zoe")
    tool = visitor.open_activity()
    expect(tool.get_by_test_id("open-new-tab")).to_be_visible()
    handle = visitor.page.get_by_test_id("demo-frame").element_handle()
    frame = handle.content_frame()
    assert frame is not None
    assert frame.evaluate(COOKIES_THAT_WORK) == {"plain": False, "partitioned": False}
    assert violations(frame) == []
    with visitor.page.expect_popup() as opened:
        tool.get_by_test_id("open-new-tab").click()
    tab = opened.value
    tab.wait_for_url(f"{placed_on_two_sites.tool}/l/**")
    parent = Answering(tab)
    parent.begin()
    parent.find("dont-know").click()
    expect(parent.find("outcome")).to_have_attribute("data-value", "unknown")


def test_a_teacher_previews_in_a_new_tab_though_third_party_cookies_are_blocked_and_the_address_works_once(
    placed_on_two_sites: Served, devices: Devices
) -> None:
    context = devices(block_third_party=True)
    visitor = Visitor(context, placed_on_two_sites)
    visitor.become("helene")
    visitor.goto("open/deep-linking")
    link = visitor.tool.get_by_test_id("preview").first
    address = urljoin(placed_on_two_sites.tool, link.get_attribute("href") or "")
    with visitor.page.expect_popup() as opened:
        link.click()
    expect(opened.value.get_by_test_id("preview-notice")).to_be_visible()
    _is_spent(context.new_page(), address)
    _is_spent(devices().new_page(), address)


def _is_spent(page: Page, address: str) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert 400 <= answer.status < 500
    expect(page.get_by_test_id("error")).to_be_visible()
    expect(page.get_by_test_id("error-todo")).not_to_be_empty()
    expect(page.get_by_test_id("reference")).not_to_be_empty()

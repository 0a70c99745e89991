from fake_platform import FakePlatform
from front_door import PARCOURS, Browser


def test_a_parent_comes_in_and_finds_the_page_of_the_activity(browser: Browser, platform: FakePlatform) -> None:
    page = browser.enter(platform, {"target_link_uri": f"{browser.base_url}/lti/launch/parcours/{PARCOURS}"})
    assert page.endswith(f"/parcours/{PARCOURS}")
    shown = browser.get(page)
    assert shown.status_code in {200, 303}

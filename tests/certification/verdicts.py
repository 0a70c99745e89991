"""What it means that a launch is refused, and that one is let in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from fake_platform import Asked, Claims, FakePlatform
from front_door import Browser, Installation, asked, entered, quoted, reference, title
from werkzeug.test import TestResponse

DEFECT = "Quelque chose n’a pas marché"


@dataclass
class Door:
    """The tool, a platform that it knows, and somebody's browser."""

    installation: Installation
    platform: FakePlatform
    browser: Browser

    def begin(self, **login: Any) -> Asked:
        """Log in; gives what the tool asks of the platform."""
        return self.browser.begin(self.platform, **login)

    def sign(self, asked: Asked, changes: Mapping[str, Any] | None = None, **options: Any) -> str:
        """A token that is good but for the changes."""
        return self.platform.sign(self.platform.claims(asked, changes), **options)

    def refuses(self, code: str, changes: Mapping[str, Any] | None = None, **signing: Any) -> TestResponse:
        """A launch good in all but `changes` of its claims, or in how it is signed, is refused with this code."""
        started = self.begin()
        claims = self.platform.claims(started, changes)
        return self.refuses_token(code, started, self.platform.sign(claims, **signing), claims)

    def refuses_deep_linking(self, code: str, changes: Mapping[str, Any]) -> TestResponse:
        """A deep-linking launch good in all but `changes` is refused with this code."""
        started = self.begin()
        claims = self.platform.deep_linking_claims(started, changes)
        return self.refuses_token(code, started, self.platform.sign(claims), claims)

    def refuses_token(
        self, code: str, started: Asked, token: str, claims: Claims | None = None, **fields: str
    ) -> TestResponse:
        """This token, posted as the answer to this login, is refused with this code."""
        return self.refuses_act(code, lambda: self.browser.answer(started, token, **fields), claims)

    def refuses_login(self, code: str, known: bool = False, **changes: Any) -> TestResponse:
        """A login with these changes of its fields is refused with this code."""
        return self.refuses_act(code, lambda: self.browser.login(self.platform, **changes), changes, known=known)

    def refuses_act(
        self, code: str, act: Callable[[], TestResponse], claims: Claims | None = None, *, known: bool = True
    ) -> TestResponse:
        """What `act` does is refused: a page that helps, a line in the log, and nothing kept.

        `known`: the platform is known by then, so that its launch log has a line too.
        """
        rows, noted = self.installation.rows(), self.installation.launch_log()
        lines, sessions = len(self.installation.log), self._sessions()
        answer = act()
        check_page(answer, code, claims)
        logged = [line for line in self.installation.log[lines:] if line["request"] == reference(answer.text)]
        assert [line["code"] for line in logged if line["event"] == "refused"] == [code]
        assert not quoted(str(logged), claims)
        assert self.installation.rows() == rows
        fresh = [(line.outcome, line.reference) for line in self.installation.launch_log()[len(noted) :]]
        assert fresh == ([(code, reference(answer.text))] if known else [])
        assert self._sessions() == sessions
        return answer

    def _sessions(self) -> set[str]:
        return {name for name in self.browser.cookies() if name.startswith("__Host-pl-l-")}

    def accepts(self, changes: Mapping[str, Any] | None = None, **signing: Any) -> str:
        """A launch with these changes is let in; gives its first page's path, which can be opened."""
        started = self.begin()
        return self.accepts_token(started, self.sign(started, changes, **signing))

    def accepts_deep_linking(self, changes: Mapping[str, Any] | None = None) -> str:
        """A deep-linking launch with these changes is let in."""
        started = self.begin()
        return self.accepts_token(started, self.platform.sign(self.platform.deep_linking_claims(started, changes)))

    def accepts_token(self, started: Asked, token: str) -> str:
        """This token, posted as the answer to this login, is let in."""
        page = entered(self.browser.answer(started, token))
        shown = self.browser.get(page, follow_redirects=True)
        assert shown.status_code == 200, shown.text
        return page


def check_page(answer: TestResponse, code: str, claims: Claims | None) -> None:
    """A refusal's page says what happened and what to do, in French, and repeats nothing of what came."""
    page = answer.text
    assert 400 <= answer.status_code < 500, (answer.status_code, page)
    assert answer.mimetype == "text/html"
    assert f'data-code="{code}"' in page, page
    assert '<html lang="fr" dir="ltr">' in page
    assert title(page) not in {"", DEFECT}
    assert "Que faire ?" in unescape(page).replace("\u00a0", " ").replace("\u202f", " ")
    assert 'data-test="error-todo"' in page
    assert "Traceback" not in page
    assert ".py" not in page
    assert quoted(page, claims) == []
    assert "state=" not in page
    assert answer.headers["X-Request-Id"] == reference(page)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Location" not in answer.headers


__all__ = ["Door", "asked", "check_page"]

"""A tool that really signs and really serves its keys, and a visitor of the demonstration ENT."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask.testing import FlaskClient
from jwt.algorithms import RSAAlgorithm
from werkzeug.test import TestResponse

from lti_tool.demo.ent import Ent
from lti_tool.demo.persons import BY_SLUG

ROOT = "http://ent.localhost:9/demo"
CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SCOPE_LINE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SCOPE_ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ALL_SCOPES = (SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE, SCOPE_ROSTER)


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Tool:
    """A tool: its key, its JWKS on loopback, and what it was told at registration."""

    clock: Clock
    key: RSAPrivateKey
    url: str = ""
    jwks_status: str = "200 OK"
    client_id: str = ""
    deployment_id: str = ""
    token_url: str = f"{ROOT}/token"
    fetches: list[str] = field(default_factory=list)

    def jwks(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.fetches.append(f"http://{environ['HTTP_HOST']}{environ['PATH_INFO']}")
        jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": "key-1", "alg": "RS256", "use": "sig"}
        start_response(self.jwks_status, [("Content-Type", "application/json")])
        return [json.dumps({"keys": [jwk]}).encode()]

    def sign(self, claims: dict[str, Any], **options: Any) -> str:
        key = options.pop("key", self.key)
        return jwt.encode(claims, key, algorithm=options.pop("algorithm", "RS256"), headers={"kid": "key-1"} | options)

    def metadata(self, **changes: Any) -> dict[str, Any]:
        return {
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "initiate_login_uri": f"{self.url}/lti/login",
            "redirect_uris": [f"{self.url}/lti/launch"],
            "client_name": "Passerelle",
            "jwks_uri": f"{self.url}/jwks.json",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": " ".join(ALL_SCOPES),
            CONFIGURATION: {
                "domain": urlsplit(self.url).netloc,
                "target_link_uri": f"{self.url}/lti/launch",
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
                "messages": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{self.url}/lti/choose"},
                ],
            },
        } | changes

    def assertion(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        return {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.token_url,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid4()),
        } | changes

    def choice(self, items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        return {
            "iss": self.client_id,
            "aud": ROOT,
            "iat": now,
            "exp": now + 60,
            "nonce": str(uuid4()),
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": self.deployment_id,
            f"{DEEP_LINKING}content_items": items,
        } | changes


class Visitor:
    """Somebody with a browser at the ENT, and the calls that a tool makes from elsewhere."""

    def __init__(self, client: FlaskClient, tool: Tool, ent: Ent) -> None:
        self.client, self.tool, self.ent = client, tool, ent

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path if path.startswith("/") else f"/demo/{path}", **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(f"/demo/{path}", data=data, **options)

    def become(self, who: str, language: str = "fr") -> None:
        assert self.post("who", {"who": who, "language": language}).status_code == 303

    def sub(self, who: str) -> str:
        return BY_SLUG[who].sub(self.ent.identity().generation)

    def registration_token(self) -> str:
        self.become("helene")
        page = self.post("install").text
        source = unescape(re.search(r'<iframe[^>]* src="([^"]+)"', page)[1])  # type: ignore[index]
        return parse_qs(urlsplit(source).query)["registration_token"][0]

    def register(self, token: str | None = None, **changes: Any) -> TestResponse:
        bearer = {"Authorization": f"Bearer {token or self.registration_token()}"}
        return self.client.post("/demo/register", json=self.tool.metadata(**changes), headers=bearer)

    def install(self, **changes: Any) -> None:
        answer = self.register(**changes)
        assert answer.status_code == 201, answer.text
        self.tool.client_id = answer.json["client_id"]  # type: ignore[index]
        self.tool.deployment_id = answer.json[CONFIGURATION]["deployment_id"]  # type: ignore[index]

    def login(self, what: str) -> dict[str, str]:
        page = self.get(f"launch/{what}")
        assert page.status_code == 200, page.text
        return fields(page)

    def request_for(self, login: dict[str, str], **changes: str | None) -> dict[str, str]:
        wanted = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": f"{self.tool.url}/lti/launch",
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": "the-state",
            "nonce": "the-nonce",
        } | changes
        return {name: value for name, value in wanted.items() if value is not None}

    def claims(self, what: str) -> dict[str, Any]:
        """Launch, and read the token as a tool would: with the platform's published key."""
        posted = fields(self.post("auth", self.request_for(self.login(what))))
        return self.read(posted["id_token"])

    def read(self, id_token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(id_token)
        published = self.get("jwks").json["keys"]  # type: ignore[index]
        key = next(jwt.PyJWK(jwk) for jwk in published if jwk["kid"] == header["kid"])
        options: Any = {"verify_exp": False, "verify_iat": False}
        return jwt.decode(
            id_token, key, algorithms=["RS256"], audience=self.tool.client_id, issuer=ROOT, options=options
        )

    def ask_token(self, assertion: str | None = None, **changes: str) -> TestResponse:
        return self.post(
            "token",
            {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion or self.tool.sign(self.tool.assertion()),
                "scope": " ".join(ALL_SCOPES),
            }
            | changes,
        )

    def bearer(self, *scopes: str) -> dict[str, str]:
        answer = self.ask_token(scope=" ".join(scopes or ALL_SCOPES))
        return {"Authorization": f"Bearer {answer.json['access_token']}"}  # type: ignore[index]

    def choose(self, items: list[dict[str, Any]], **changes: Any) -> TestResponse:
        """Go through deep linking as the teacher, up to the page that asks for a yes."""
        self.become("helene")
        settings = self.claims("deep-linking")[f"{DEEP_LINKING}deep_linking_settings"]
        return self.answer(settings["deep_link_return_url"], self.tool.sign(self.tool.choice(items, **changes)))

    def answer(self, return_url: str, token: str) -> TestResponse:
        return self.client.post(urlsplit(return_url).path, data={"JWT": token})

    def place(self, *items: dict[str, Any]) -> None:
        page = self.choose(list(items))
        assert page.status_code == 200, page.text
        confirm = re.search(r'action="([^"]+/confirm)"', page.text)[1]  # type: ignore[index]
        assert self.client.post(urlsplit(confirm).path).status_code == 303

    def graded(self) -> str:
        """Place one activity with a grade on 20; gives the line item's path and query."""
        self.place(self.item(lineItem={"scoreMaximum": 20, "resourceId": "r1", "tag": "t1"}))
        listed = self.get("ags/" + self.context() + "/lineitems?type_id=1", headers=self.bearer())
        return local(listed.json[0]["id"])  # type: ignore[index]

    def context(self) -> str:
        return self.ent.identity().context_id

    def item(self, **changes: Any) -> dict[str, Any]:
        return {
            "type": "ltiResourceLink",
            "title": "Écrire à l’école",
            "url": f"{self.tool.url}/lti/launch/x",
        } | changes

    def score(self, **changes: Any) -> dict[str, Any]:
        wanted = {
            "userId": self.sub("zoe"),
            "timestamp": "2026-11-24T08:00:00.250Z",
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "scoreGiven": 8,
            "scoreMaximum": 10,
            "comment": "Bien commencé",
        } | changes
        return {name: value for name, value in wanted.items() if value is not ...}

    def send_score(
        self, item: str, *, media_type: str = "application/vnd.ims.lis.v1.score+json", **changes: Any
    ) -> TestResponse:
        path, _, query = item.partition("?")
        body = json.dumps(self.score(**changes))
        headers = self.bearer(SCOPE_SCORE)
        return self.client.post(f"{path}/scores?{query}", data=body, content_type=media_type, headers=headers)

    def results(self, item: str) -> list[dict[str, Any]]:
        path, _, query = item.partition("?")
        answer = self.client.get(f"{path}/results?{query}", headers=self.bearer(SCOPE_RESULT))
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json  # type: ignore[assignment]
        return found


def fields(page: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


def local(url: str) -> str:
    """The path and query of one of the ENT's addresses."""
    assert url.startswith(f"{ROOT}/")
    return url.removeprefix("http://ent.localhost:9")

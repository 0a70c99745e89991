"""Open edX as a platform: the consumer that it launches with, which nobody here wrote, served over HTTP.

`lti-consumer-xblock` is AGPL: it is for tests alone.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from fake_platform import SCOPES, Asked, FakePlatform, as_json, stop
from werkzeug.wrappers import Request, Response

if not settings.configured:
    settings.configure(
        PLATFORM_NAME="Open edX",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        LMS_ROOT_URL="http://lms.example",
        SECRET_KEY="for-tests-alone",
        USE_TZ=True,
    )

from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.lti_1p3.constants import LTI_1P3_CONTEXT_TYPE
from lti_consumer.lti_1p3.consumer import LtiAdvantageConsumer

CLIENT = "client-1"


class OpenEdx(FakePlatform):
    """A course of Open edX: every message and every token is the consumer's own."""

    def __init__(self, key: RSAPrivateKey, tool_url: str, tool_keys_url: str) -> None:
        super().__init__({"open-edx-key": key}, tool_url)
        self.tool_keys_url = tool_keys_url
        self.answers = {"/jwks": lambda _: as_json(self.consumer().get_public_keyset()), "/token": self._give_token}

    def consumer(self, path: str = "/lti/launch") -> LtiAdvantageConsumer:
        """A fresh consumer, as each request to Open edX makes one, for an activity at this path of the tool."""
        key = self.keys["open-edx-key"]
        return LtiAdvantageConsumer(
            iss=self.issuer,
            lti_oidc_url=f"{self.tool_url}/lti/login",
            lti_launch_url=f"{self.tool_url}{path}",
            client_id=CLIENT,
            deployment_id="1",
            rsa_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            rsa_key_id="open-edx-key",
            redirect_uris=[f"{self.tool_url}/lti/launch"],
            tool_keyset_url=self.tool_keys_url,
        )

    def launching(self, role: str, path: str = "/lti/launch", *, deep_linking: bool = False) -> LtiAdvantageConsumer:
        """The consumer, told who comes and with which services."""
        consumer = self.consumer(path)
        consumer.set_user_data(user_id=f"edx-{role}", role=role, full_name="Awa Diagne")
        consumer.set_resource_link_claim("block-v1:unit+parents", title="Mon ENT")
        consumer.set_launch_presentation_claim(document_target="iframe")
        consumer.set_context_claim(
            "course-v1:Parents+1", [LTI_1P3_CONTEXT_TYPE.course_offering], context_title="Espace des parents"
        )
        consumer.set_custom_parameters({"kind": "parcours"})
        consumer.enable_ags(lineitems_url=f"{self.url}/ags/7/lineitems", lineitem_url=self.line_item)
        consumer.enable_nrps(self.roster_url)
        if deep_linking:
            consumer.enable_deep_linking(f"{self.tool_url}/lti/launch", f"{self.url}/lti_1p3/deep_linking/return")
        return consumer

    def login_url(self, consumer: LtiAdvantageConsumer, role: str, *, deep_linking: bool = False) -> str:
        """The third-party login that Open edX sends the browser to."""
        message = "LtiDeepLinkingRequest" if deep_linking else "LtiResourceLinkRequest"
        data = Lti1p3LaunchData(f"edx-{role}", role, "config-1", "block-v1:unit+parents", message_type=message)
        return str(consumer.prepare_preflight_url(data))

    def answer_to(self, consumer: LtiAdvantageConsumer, asked: Asked) -> Mapping[str, str]:
        """What Open edX's page posts to the tool."""
        answer: Mapping[str, str] = consumer.generate_launch_request(asked.query)
        return answer

    def _give_token(self, request: Request) -> Response:
        return as_json(self.consumer().access_token(request.form.to_dict()))

    def _authorised(self, request: Request, scope: str) -> str:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if not self.consumer().check_token(token, [SCOPES[scope]]):
            stop(401, "", "text/plain")
        return CLIENT

    def chosen(self, token: str) -> list[dict[str, Any]]:
        """The content items of a deep-linking answer, checked as Open edX does."""
        items: list[dict[str, Any]] = self.launching(
            "instructor", deep_linking=True
        ).check_and_decode_deep_linking_token(token)
        return items

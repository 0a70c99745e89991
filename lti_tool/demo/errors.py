"""What the demonstration ENT refuses. `code` is what the page or the JSON answer says.

Refused
├── PageRefused             answered with a page of the ENT
│   ├── WrongPerson         the page is for somebody else
│   ├── ForeignForm         a form posted from another site
│   ├── FormInvalid         a form holds what it can't
│   ├── AuthorizationInvalid  an authorization request that can't even be answered at its redirect URI
│   ├── LinkSpent           a single-use link used again, forged or too old
│   └── AnswerRejected      the tool's deep linking answer
└── ServiceRefused          answered with JSON, as RFC 6749, RFC 6750 and RFC 7591 say
"""

from lti_tool.errors import Refused


class PageRefused(Refused):
    """Something that a person sees refused."""


class WrongPerson(PageRefused):
    """The page is for another role, or for somebody who has said who they are."""

    status, code = 403, "wrong-person"


class ForeignForm(PageRefused):
    """One of the ENT's own forms, posted from elsewhere."""

    status, code = 403, "foreign-form"


class FormInvalid(PageRefused):
    """A form holds what it can't."""

    code = "form-invalid"


class AuthorizationInvalid(PageRefused):
    """Unknown client or unregistered redirect URI: nothing may be sent there. Spec: RFC 6749 §4.2.2.1."""

    code = "authorization-invalid"


class LinkSpent(PageRefused):
    """A signed link that is forged, too old, or was used before."""

    status, code = 403, "link-spent"


class AnswerRejected(PageRefused):
    """The deep linking answer can't be accepted; `detail` names what is wrong."""

    code = "answer-rejected"


class AuthorizationRefused(Exception):
    """The answer is an error at the redirect URI; `code` is as OpenID Connect core §3.1.2.6 says."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class ServiceRefused(Refused):
    """A service call that is answered with `{"error": code, "error_description": detail}`."""

    code = "invalid_request"


class ClientInvalid(ServiceRefused):
    """Who asks for an access token could not be proven. Spec: RFC 6749 §5.2."""

    status, code = 401, "invalid_client"


class GrantUnsupported(ServiceRefused):
    """Another grant than client_credentials."""

    code = "unsupported_grant_type"


class ScopeInvalid(ServiceRefused):
    """None of the scopes asked for was registered."""

    code = "invalid_scope"


class TokenInvalid(ServiceRefused):
    """No access token, or an unknown or expired one. Spec: RFC 6750 §3.1."""

    status, code = 401, "invalid_token"


class ScopeMissing(ServiceRefused):
    """The access token does not carry the scope."""

    status, code = 403, "insufficient_scope"


class RegistrationTokenUsed(ServiceRefused):
    """A registration token is good once."""

    status, code = 401, "token_already_used"


class MetadataInvalid(ServiceRefused):
    """A registration lacks something; `detail` names the field. Spec: RFC 7591 §3.2.2."""

    code = "invalid_client_metadata"


class RedirectInvalid(ServiceRefused):
    """A redirect URI is not on the tool's origin."""

    code = "invalid_redirect_uri"


class ResourceUnknown(ServiceRefused):
    """No such line item, context or activity for this tool."""

    status, code = 404, "not_found"


class MediaTypeWrong(ServiceRefused):
    """The body is not of the service's exact media type."""

    status, code = 415, "unsupported_media_type"


class MediaTypeNotOffered(ServiceRefused):
    """The `Accept` header wants something else than what the service gives."""

    status, code = 406, "not_acceptable"


class ScoreInvalid(ServiceRefused):
    """A score that does not follow the specification, or for somebody who can't be graded."""

    code = "invalid_score"


class ScoreStale(ServiceRefused):
    """A score not later, by a whole second, than the one that is kept. Spec: LTI-AGS 2.0 §3.4.1."""

    status, code = 409, "conflict"

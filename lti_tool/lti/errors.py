"""What the front door refuses, each with a stable code (`docs/erreurs.md` says what each means and what to do).

Refused
├── LoginRejected           the third-party login can't start
├── LaunchRejected          the token, or what came with it, is not acceptable
│   ├── StateRejected       the answer does not belong to a login of this browser
│   └── TokenRejected       the id_token itself
├── SessionLost             a page of a launch whose cookie did not come, or that has ended
└── RegistrationRejected    a registration that can't be done
"""

from lti_tool.errors import Refused


class LoginRejected(Refused):
    """The login request lacks something or names nobody we know. Spec: 1EdTech security framework §5.1.1.1."""

    status, code = 400, "login-incomplete"


class PlatformUnknown(LoginRejected):
    """No platform is registered under this issuer and client."""

    status, code = 403, "platform-unknown"


class PlatformDisabled(LoginRejected):
    """The platform, or its registration, was switched off here."""

    status, code = 403, "platform-disabled"

    def __init__(self, platform_id: int) -> None:
        """`platform_id`: whose launch log is to say so."""
        super().__init__("disabled")
        self.platform_id = platform_id


class TargetNotOurs(LoginRejected):
    """`target_link_uri` is not a launch address of this tool."""

    code = "target-not-ours"


class CookiesBlocked(LoginRejected):
    """The browser gives no cookie back, not even at top level."""

    code = "cookies-blocked"


class LaunchRejected(Refused):
    """The launch can't be accepted."""

    status, code = 401, "launch-rejected"


class PlatformRefused(LaunchRejected):
    """The platform answered the login with an error instead of a token (OpenID Connect core §3.1.2.6)."""

    status, code = 403, "platform-refused"


class StateRejected(LaunchRejected):
    """`state` is missing, forged or too old."""

    code = "state-invalid"


class StateNotOfThisBrowser(StateRejected):
    """The state's cookie did not come back with it."""

    code = "state-other-browser"


class NonceReused(StateRejected):
    """The login was already used: the same token twice, or the same state."""

    code = "nonce-reused"


class TokenRejected(LaunchRejected):
    """The id_token is missing, malformed, too large, or of another algorithm."""

    code = "token-malformed"


class SignatureInvalid(TokenRejected):
    """The signature does not fit the platform's keys."""

    code = "signature-invalid"


class KeyUnknown(TokenRejected):
    """No key of the platform has this `kid`, even after asking again."""

    code = "key-unknown"


class KeysUnreachable(TokenRejected):
    """The platform's keys could not be fetched."""

    status, code = 403, "keys-unreachable"


class TokenExpired(TokenRejected):
    """`exp`, `iat` or `nbf` do not fit the present moment."""

    code = "token-expired"


class ClaimInvalid(LaunchRejected):
    """A claim is missing or is not of its type; `detail` names it (never its content)."""

    status, code = 400, "claim-invalid"


class AudienceMismatch(LaunchRejected):
    """Issuer, `aud` or `azp` are not those of the login."""

    code = "audience-mismatch"


class NonceMismatch(LaunchRejected):
    """The token's nonce is not the one that the login gave."""

    code = "nonce-mismatch"


class AnonymousLaunch(LaunchRejected):
    """The platform does not say who comes (no `sub`)."""

    status, code = 403, "anonymous"


class DeploymentWaiting(LaunchRejected):
    """The deployment waits for an administrator's acceptance."""

    status, code = 403, "deployment-waiting"


class DeploymentRefused(LaunchRejected):
    """An administrator refused this deployment."""

    status, code = 403, "deployment-refused"


class RoleNotAllowed(LaunchRejected):
    """The roles do not let this message in (placing activities is for teachers)."""

    status, code = 403, "role-not-allowed"


class SessionLost(Refused):
    """The page belongs to a launch that this browser does not hold any more."""

    status, code = 401, "session-lost"


class HandoverSpent(Refused):
    """A link to go on in another tab was already used, or is too old."""

    status, code = 403, "handover-spent"


class RegistrationRejected(Refused):
    """The registration can't be done; `detail` is for the log."""

    status, code = 400, "registration-rejected"


class InvitationInvalid(RegistrationRejected):
    """The invitation is unknown, used or too old."""

    status, code = 403, "invitation-invalid"


class PlatformAnswerInvalid(RegistrationRejected):
    """The platform's configuration or its answer lacks something, or did not come."""

    status, code = 400, "platform-answer-invalid"


class IssuerTaken(RegistrationRejected):
    """The issuer is known with another origin or another JWKS URL: a second client may not claim its people."""

    status, code = 403, "issuer-taken"

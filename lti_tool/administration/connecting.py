"""What the page *Connecter* gives to copy: each kind of platform's own form, field by field, in its own words.

Moodle's labels are those of its language packs (4.5), to be translated with Moodle's own words; what a platform's
form shows in English whatever the language is left in English.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from lti_tool.lti.registration import SCOPES
from lti_tool.settings import Settings

KINDS = ("moodle", "canvas", "openedx", "autre")
_PRODUCTS = {"moodle": "moodle", "canvas": "canvas", "open edx": "openedx", "openedx": "openedx"}


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a platform's form and what to put in it; `copied` where it is an address to copy."""

    label: LazyString | str
    value: LazyString | str
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a platform's form under its own title."""

    title: LazyString | str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The tool's own addresses, as platforms ask for them."""

    launch: str
    login: str
    jwks: str
    logo: str


def addresses(settings: Settings) -> Addresses:
    """The tool's addresses."""
    base = settings.base_url
    return Addresses(
        launch=f"{base}/lti/launch",
        login=f"{base}/lti/login",
        jwks=f"{base}/.well-known/jwks.json",
        logo=f"{base}/logo.png",
    )


def kind_of(wanted: str | None, product: str | None) -> str:
    """The tab to show: the one asked for, else the one of the platform that launched, else Moodle."""
    if wanted in KINDS:
        return str(wanted)
    return _PRODUCTS.get((product or "").lower(), "autre" if product else "moodle")


def sections(kind: str, settings: Settings) -> Sequence[Section]:
    """The form of a kind of platform, filled in."""
    at = addresses(settings)
    if kind == "moodle":
        return _moodle(at)
    if kind == "openedx":
        return _open_edx(at)
    return [] if kind == "canvas" else _any(at)


def _moodle(at: Addresses) -> Sequence[Section]:
    # NOTE: Moodle's own labels, from its lti language packs.
    return [
        Section(
            _("Réglages de l’outil"),
            [
                Row(_("Nom de l’outil"), "Passerelle"),
                Row(_("URL de l’outil"), at.launch, copied=True),
                Row(_("Version LTI"), "LTI 1.3"),
                Row(_("Type de clef publique"), _("URL jeu de clefs")),
                Row(_("Jeu de clefs public"), at.jwks, copied=True),
                Row(_("URL d’initiation de connexion"), at.login, copied=True),
                Row(_("URIs de redirection"), at.launch, copied=True),
                Row(
                    _("Utilisation de la configuration de l’outil"),
                    _("Afficher dans le sélecteur d’activité et comme outil préconfiguré"),
                ),
                Row(_("Conteneur par défaut"), _("Intégré, sans les blocs")),
                Row(_("Prend en charge les liens profond (Content-Item Message)"), _("coché")),
                Row(_("URL de sélection de contenu"), at.launch, copied=True),
                Row(_("URL de l’icône"), at.logo, copied=True),
            ],
        ),
        Section(
            _("Services"),
            [
                Row("IMS LTI Assignment and Grade Services", "Use this service for grade sync only"),
                Row(
                    _("Provisionnement des noms et rôles IMS LTI"),
                    _(
                        "Utiliser ce service pour obtenir des informations sur les membres, en conformité avec les "
                        "réglages de confidentialité."
                    ),
                ),
            ],
        ),
        Section(
            _("Confidentialité"),
            [
                Row(_("Partager le nom de l’utilisateur avec l’outil"), _("Toujours")),
                Row(_("Partager le courriel de l’utilisateur avec l’outil"), _("Jamais")),
                Row(
                    _("Accepter les notes de l’outil"),
                    _("Comme spécifié dans la définition de Liens profond ou déléguer à l’enseignant"),
                ),
            ],
        ),
    ]


def _open_edx(at: Addresses) -> Sequence[Section]:
    return [
        Section(
            "LTI Consumer",
            [
                Row("LTI Version", "LTI 1.3"),
                Row("Launch URL", at.launch, copied=True),
                Row("Tool Initiate Login URL (OIDC)", at.login, copied=True),
                Row("Registered Redirect URIs", json.dumps([at.launch]), copied=True),
                Row("Tool Public Key Mode", "Keyset URL"),
                Row("Tool Keyset URL", at.jwks, copied=True),
                Row("Names & Roles (NRPS)", "True"),
                Row("Deep linking", "True"),
                Row("Deep Linking Launch URL", at.launch, copied=True),
                Row("Assignment and Grades", "Declarative"),
                Row("Share Full name", "True"),
                Row("Share Email", "False"),
            ],
        )
    ]


def _any(at: Addresses) -> Sequence[Section]:
    return [
        Section(
            "LTI 1.3",
            [
                Row(_("Adresse de lancement (target link URI)"), at.launch, copied=True),
                Row(_("Adresse de connexion (initiate login URI)"), at.login, copied=True),
                Row(_("Adresse de redirection (redirect URI)"), at.launch, copied=True),
                Row(_("Jeu de clés publiques (JWKS)"), at.jwks, copied=True),
                Row(_("Choix de contenu (deep linking)"), at.launch, copied=True),
                Row(_("Logo"), at.logo, copied=True),
                Row(_("Services (scopes)"), " ".join(SCOPES), copied=True),
            ],
        )
    ]


def canvas_configuration(settings: Settings, description: str) -> str:
    """The JSON that Canvas takes as it is (Developer Keys, LTI key, « Paste JSON »)."""
    at = addresses(settings)
    link = {"message_type": "LtiDeepLinkingRequest", "target_link_uri": at.launch, "text": "Passerelle"}
    configuration = {
        "title": "Passerelle",
        "description": description,
        "oidc_initiation_url": at.login,
        "target_link_uri": at.launch,
        "public_jwk_url": at.jwks,
        "scopes": list(SCOPES),
        "custom_fields": {},
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": settings.host,
                "tool_id": "passerelle",
                "privacy_level": "name_only",
                "settings": {
                    "text": "Passerelle",
                    "icon_url": at.logo,
                    "placements": [
                        {"placement": "assignment_selection", **link},
                        {"placement": "link_selection", **link},
                    ],
                },
            }
        ],
    }
    return json.dumps(configuration, ensure_ascii=False, indent=2)

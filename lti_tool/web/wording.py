"""What an error page says, by the error's code: what happened, and the one thing to do. Never « rechargez »."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class Wording:
    """Three texts, translated when they are shown."""

    title: LazyString
    happened: LazyString
    todo: LazyString


REOPEN = _("Fermez cette page et rouvrez l’activité dans l’ENT.")
_LATER = _("Attendez quelques minutes, puis fermez cette page et rouvrez l’activité dans l’ENT.")
_TELL_SCHOOL = _("Donnez la référence ci-dessous à l’école : elle saura à qui en parler.")
_ADMINISTRATOR = _(
    "Vérifiez l’adresse de l’ENT, puis demandez une nouvelle invitation à la personne qui s’occupe de cet outil."
)
_BACK = _("Revenez à la page précédente, ou fermez cette page et rouvrez l’activité dans l’ENT.")

REFUSED = Wording(
    _("Cette page ne peut pas s’ouvrir"), _("La demande reçue n’est pas complète, ou n’est plus valable."), REOPEN
)
DEFECT = Wording(
    _("Quelque chose n’a pas marché"),
    _("C’est une panne de notre côté. Vous n’avez rien fait de mal, et vos réponses déjà données sont gardées."),
    _LATER,
)
UNAVAILABLE = Wording(
    _("Un service ne répond pas"),
    _("Nous n’avons pas pu joindre un service dont nous avons besoin. Vos réponses déjà données sont gardées."),
    _LATER,
)

WORDINGS: dict[str, Wording] = {
    "internal": DEFECT,
    "unavailable": UNAVAILABLE,
    "refused": REFUSED,
    "bad-request": Wording(
        _("Il manque quelque chose"), _("La page a reçu une réponse incomplète ou qu’elle ne comprend pas."), _BACK
    ),
    "forged": Wording(
        _("Cette page est ouverte depuis trop longtemps"),
        _("Par sécurité, nous n’acceptons que les réponses envoyées depuis une page ouverte dans l’activité."),
        REOPEN,
    ),
    "not-allowed": Wording(
        _("Cette page n’est pas pour vous"),
        _("Votre compte dans l’ENT ne donne pas accès à cette page."),
        _("Si vous pensez que c’est une erreur, parlez-en à l’école."),
    ),
    "not-found": Wording(
        _("Cette page n’existe pas"), _("L’adresse est incomplète, ou la page a été retirée."), REOPEN
    ),
    "method-not-allowed": Wording(
        _("Cette page ne s’ouvre pas de cette façon"),
        _("Elle s’ouvre seulement depuis l’activité, dans l’ENT."),
        REOPEN,
    ),
    "conflict": Wording(
        _("Cette page a changé entre-temps"),
        _("Vous avez peut-être répondu dans une autre fenêtre ou sur un autre appareil."),
        REOPEN,
    ),
    "too-large": Wording(
        _("C’est trop long"), _("Ce qui a été envoyé est plus long que ce que nous pouvons recevoir."), _BACK
    ),
    "too-many": Wording(_("Trop d’essais à la fois"), _("Beaucoup d’essais sont arrivés en peu de temps."), _LATER),
    # The front door
    "login-incomplete": Wording(
        _("L’activité n’a pas pu s’ouvrir"),
        _("L’ENT n’a pas envoyé tout ce qu’il faut pour ouvrir l’activité."),
        REOPEN,
    ),
    "platform-unknown": Wording(
        _("Cet ENT n’est pas encore relié"),
        _("L’activité vient d’un ENT que nous ne connaissons pas encore."),
        _TELL_SCHOOL,
    ),
    "platform-disabled": Wording(
        _("Cet ENT n’est plus relié"), _("Le lien entre cet ENT et cette activité a été coupé."), _TELL_SCHOOL
    ),
    "target-not-ours": Wording(
        _("L’activité n’a pas pu s’ouvrir"), _("Le lien de l’activité ne mène à aucune de nos pages."), _TELL_SCHOOL
    ),
    "cookies-blocked": Wording(
        _("Votre navigateur bloque l’activité"),
        _("Il ne garde pas les « cookies » : sans eux, nous ne pouvons pas savoir que c’est toujours vous."),
        _(
            "Autorisez les cookies dans votre navigateur, ou essayez avec un autre navigateur, "
            "puis rouvrez l’activité dans l’ENT."
        ),
    ),
    "launch-rejected": Wording(
        _("L’activité n’a pas pu s’ouvrir"), _("Nous n’avons pas pu vérifier ce que l’ENT nous a envoyé."), REOPEN
    ),
    "platform-refused": Wording(_("L’ENT n’a pas voulu ouvrir l’activité"), _("L’ENT a répondu par un refus."), REOPEN),
    "state-invalid": Wording(
        _("Cette page a attendu trop longtemps"),
        _("Le lien qui ouvre l’activité ne sert qu’une fois, pendant quelques minutes."),
        REOPEN,
    ),
    "state-other-browser": Wording(
        _("L’activité n’a pas pu s’ouvrir"),
        _("L’ouverture a commencé dans un autre navigateur, ou votre navigateur bloque les « cookies »."),
        REOPEN,
    ),
    "nonce-reused": Wording(_("Ce lien a déjà servi"), _("Le lien qui ouvre l’activité ne sert qu’une fois."), REOPEN),
    "keys-unreachable": Wording(
        _("L’ENT ne répond pas"), _("Nous n’avons pas pu vérifier l’ouverture de l’activité auprès de l’ENT."), _LATER
    ),
    "token-expired": Wording(
        _("Cette page a attendu trop longtemps"),
        _("L’ouverture de l’activité date de plusieurs minutes, ou l’horloge de l’ENT n’est pas à l’heure."),
        REOPEN,
    ),
    "anonymous": Wording(
        _("L’ENT ne dit pas qui vous êtes"),
        _("L’activité s’ouvre seulement pour une personne connectée à l’ENT."),
        _("Connectez-vous à l’ENT avec votre compte, puis rouvrez l’activité."),
    ),
    "deployment-waiting": Wording(
        _("L’activité attend un accord"),
        _("L’activité vient d’être ajoutée à cet ENT. Un administrateur doit encore l’accepter."),
        _TELL_SCHOOL,
    ),
    "deployment-refused": Wording(
        _("L’activité n’est pas acceptée ici"),
        _("Un administrateur n’a pas accepté l’activité à cet endroit de l’ENT."),
        _TELL_SCHOOL,
    ),
    "role-not-allowed": Wording(
        _("Cette page n’est pas pour vous"),
        _("Seuls les enseignants peuvent choisir les activités d’une page de l’ENT."),
        _("Si vous êtes enseignant, parlez-en à l’administrateur de l’ENT."),
    ),
    "session-lost": Wording(
        _("L’activité s’est fermée"),
        _(
            "Elle est restée ouverte longtemps, ou votre navigateur ne la reconnaît plus. "
            "Vos réponses déjà données sont gardées."
        ),
        REOPEN,
    ),
    "handover-spent": Wording(
        _("Ce lien a déjà servi"), _("Le lien pour continuer dans un autre onglet ne sert qu’une fois."), REOPEN
    ),
    "registration-rejected": Wording(
        _("L’ENT n’a pas pu être relié"),
        _("Les renseignements reçus de l’ENT ne permettent pas de le relier."),
        _ADMINISTRATOR,
    ),
    "invitation-invalid": Wording(
        _("Cette invitation n’est plus valable"),
        _("Une invitation ne sert qu’une fois, pendant un temps limité."),
        _("Demandez une nouvelle invitation à la personne qui s’occupe de cet outil."),
    ),
    "issuer-taken": Wording(
        _("Cet ENT est déjà relié autrement"),
        _("Un ENT de même nom est déjà relié, avec une autre adresse ou d’autres clés."),
        _ADMINISTRATOR,
    ),
    # The operator's pages
    "admin-link-spent": Wording(
        _("Ce lien a déjà servi"),
        _("Le lien qui ouvre l’administration ne sert qu’une fois, pendant quinze minutes."),
        _("Sur le serveur, faites un nouveau lien : « passerelle admin link »."),
    ),
    "admin-session-lost": Wording(
        _("Votre session est terminée"),
        _("L’administration se ferme au bout de deux heures, et ne s’ouvre que par un lien fait sur le serveur."),
        _("Sur le serveur, faites un nouveau lien : « passerelle admin link »."),
    ),
}

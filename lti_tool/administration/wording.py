"""The administration's texts by code: what the doctor looks at, what is wrong, the one thing to do; launch reasons."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from lti_tool.administration.findings import Finding, without_secrets
from lti_tool.people.model import GrantRole
from lti_tool.web.wording import WORDINGS

CHECKS: dict[str, LazyString] = {
    "address": _("Adresse publique"),
    "public-url": _("Réponse à l’adresse publique"),
    "own-keys": _("Nos clés, vues par les plateformes"),
    "database": _("Base de données"),
    "migrations": _("Version de la base de données"),
    "wal": _("Mode d’écriture de la base de données"),
    "key-files": _("Fichiers de clés"),
    "keys-folder": _("Dossier des clés"),
    "actor-secret": _("Secret des pseudonymes"),
    "queue": _("Tâches en attente"),
    "failed-jobs": _("Tâches abandonnées depuis sept jours"),
    "packages": _("Paquets de contenu"),
    "names": _("Noms de nos paquets Python"),
    "issuer": _("Nom de la plateforme (émetteur)"),
    "platform-keys": _("Clés de la plateforme"),
    "clock": _("Horloge de la plateforme"),
    "token": _("Accès aux notes et aux membres"),
    "frames": _("Affichage de nos pages dans la plateforme"),
    "cookies": _("Cookies dans ce navigateur"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and the one thing to do. `%(…)s` are filled in with the finding's values."""

    happened: LazyString
    remedy: LazyString


FAULTS: dict[str, Fault] = {
    "not-checked": Fault(
        _("Ce point n’a pas pu être vérifié."), _("Réparez d’abord les autres lignes rouges, puis recommencez.")
    ),
    "address-loopback": Fault(
        _("%(url)s ne mène qu’à cette machine : aucune plateforme d’une autre machine ne peut l’atteindre."),
        _("Donnez l’adresse publique en https:// dans PASSERELLE_BASE_URL, puis redémarrez l’outil."),
    ),
    "url-unreachable": Fault(
        _("%(url)s ne répond pas depuis ce serveur."),
        _(
            "Vérifiez que l’outil est démarré, que le nom de domaine et le certificat sont bons, et que le "
            "serveur mandataire (proxy) transmet à l’outil."
        ),
    ),
    "url-other": Fault(
        _("Autre chose que Passerelle répond à %(url)s."),
        _(
            "Corrigez PASSERELLE_BASE_URL, ou faites mener cette adresse à Passerelle dans le serveur mandataire "
            "(proxy)."
        ),
    ),
    "own-keys-unreachable": Fault(
        _("Nos clés publiques ne sont pas lisibles à %(url)s : les plateformes refuseront nos notes et nos listes."),
        _("Laissez passer cette adresse dans le serveur mandataire (proxy), sans mot de passe ni filtre."),
    ),
    "own-keys-differ": Fault(
        _("Les clés lues à %(url)s ne sont pas celles de ce dossier de clés."),
        _(
            "Donnez le même dossier PASSERELLE_KEYS_DIR à toutes les copies de l’outil, et videz le cache du "
            "serveur mandataire (proxy)."
        ),
    ),
    "database-away": Fault(
        _("La base de données ne répond pas."),
        _("Vérifiez PASSERELLE_DATABASE_URL, et que le serveur de base de données est démarré."),
    ),
    "migrations-missing": Fault(
        _("Les tables ne sont pas celles de cette version de l’outil."),
        _("Redémarrez l’outil (« passerelle serve ») : il met la base de données à jour en démarrant."),
    ),
    "wal-off": Fault(
        _("Le mode WAL de SQLite n’est pas actif : une écriture bloque toutes les lectures."),
        _("Mettez le fichier de la base sur un disque local : les disques réseau ne conviennent pas."),
    ),
    "keys-missing": Fault(
        _("Il n’y a pas de clé dans %(folder)s."),
        _("Redémarrez l’outil avec le bon PASSERELLE_KEYS_DIR : il fait les clés qui manquent en démarrant."),
    ),
    "keys-readable": Fault(
        _("D’autres comptes de ce serveur peuvent lire : %(names)s."),
        _("Lancez : chmod 600 %(folder)s/*.pem %(folder)s/*.secret"),
    ),
    "keys-folder-closed": Fault(
        _("L’outil ne peut pas écrire dans %(folder)s : les clés ne pourront pas être renouvelées."),
        _("Donnez ce dossier au compte de l’outil : chown et chmod 700."),
    ),
    "actor-missing": Fault(
        _("Le fichier actor.secret n’est pas dans %(folder)s."),
        _("Remettez-le depuis votre sauvegarde avant de redémarrer l’outil : sans lui, plus personne n’est reconnu."),
    ),
    "actor-changed": Fault(
        _("Le fichier actor.secret n’est pas celui avec lequel les pseudonymes ont été faits."),
        _("Remettez dans %(folder)s le fichier actor.secret d’origine, depuis votre sauvegarde."),
    ),
    "queue-stuck": Fault(
        _("La plus ancienne tâche attend depuis %(minutes)s minutes : les notes ne partent plus."),
        _("Démarrez le service qui traite les tâches : « passerelle worker », ou « passerelle serve »."),
    ),
    "jobs-failed": Fault(
        _("Tâches abandonnées après plusieurs essais : %(count)s."),
        _("Cherchez dans les journaux de l’outil la référence citée, puis réparez la ligne rouge de la plateforme."),
    ),
    "packages-invalid": Fault(
        _("Un paquet de contenu a des erreurs : %(count)s."),
        _("Lancez « passerelle packages check », corrigez les lignes citées, puis redémarrez l’outil."),
    ),
    "names-shadowed": Fault(
        _("Un autre paquet Python porte un de nos noms : %(names)s."),
        _(
            "Désinstallez cet autre paquet (« pip uninstall »), ou installez Passerelle dans un environnement à "
            "elle seule."
        ),
    ),
    "issuer-slash": Fault(
        _("L’émetteur %(issuer)s ne diffère que par la barre oblique finale : tous les lancements seront refusés."),
        _("Inscrivez la plateforme à nouveau avec --issuer %(said)s, puis désactivez celle-ci."),
    ),
    "issuer-other": Fault(
        _("La plateforme dit s’appeler %(said)s, et non %(issuer)s."),
        _("Inscrivez la plateforme à nouveau avec --issuer %(said)s, puis désactivez celle-ci."),
    ),
    "platform-address-refused": Fault(
        _("L’adresse %(url)s mène à un réseau privé, où l’outil ne va pas de lui-même."),
        _(
            "Si cette plateforme est bien sur votre réseau, mettez PASSERELLE_ALLOW_PRIVATE_ADDRESSES=true, puis "
            "redémarrez l’outil."
        ),
    ),
    "platform-keys-unreachable": Fault(
        _("L’adresse des clés de la plateforme ne répond pas : %(url)s."),
        _(
            "Ouvrez cette adresse depuis ce serveur : corrigez le pare-feu ou le certificat, ou l’adresse avec "
            "« passerelle platform add »."
        ),
    ),
    "platform-keys-unusable": Fault(
        _("Ce qui se trouve à %(url)s n’est pas un jeu de clés RS256."),
        _("Recopiez « URL du jeu de clef public » depuis « Consulter les infos de configuration » de la plateforme."),
    ),
    "clock-skew": Fault(
        _("L’horloge de la plateforme et la nôtre diffèrent de %(seconds)s secondes."),
        _("Mettez ce serveur et celui de la plateforme à l’heure (NTP)."),
    ),
    "token-invalid-client": Fault(
        _("La plateforme ne reconnaît pas le client %(client)s, ou ne peut pas lire nos clés."),
        _(
            "Dans la plateforme, vérifiez que l’outil est activé, et que l’URL de son jeu de clés est bien la "
            "nôtre (page « Connecter »)."
        ),
    ),
    "token-invalid-scope": Fault(
        _("La plateforme n’a pas ouvert au client %(client)s les services de notes et de membres."),
        _("Dans les réglages de l’outil, sur la plateforme, activez ces deux services (page « Connecter »)."),
    ),
    "token-refused": Fault(
        _("La plateforme a refusé sa clé d’accès au client %(client)s. Sa réponse est citée telle quelle."),
        _("Comparez, dans la plateforme, les réglages de l’outil avec la page « Connecter »."),
    ),
    "token-unreachable": Fault(
        _("L’adresse des jetons de la plateforme ne répond pas : %(url)s."),
        _(
            "Ouvrez cette adresse depuis ce serveur : corrigez le pare-feu ou le certificat, ou l’adresse avec "
            "« passerelle platform add »."
        ),
    ),
    "frames-unknown": Fault(
        _("L’adresse publique n’a pas répondu : ce point n’a pas pu être vérifié."),
        _("Réparez d’abord l’adresse publique %(url)s."),
    ),
    "frames-policy-lost": Fault(
        _("Nos réponses arrivent sans dire qui peut les afficher : elles ne s’ouvriront pas dans la plateforme."),
        _("Dans le serveur mandataire (proxy), laissez passer l’en-tête Content-Security-Policy tel quel."),
    ),
    "frames-option-added": Fault(
        _("Un en-tête X-Frame-Options est ajouté en chemin : des navigateurs n’afficheront pas nos pages."),
        _("Dans le serveur mandataire (proxy), retirez l’en-tête X-Frame-Options pour cet outil."),
    ),
    "frames-origin-missing": Fault(
        _(
            "Les pages de la plateforme sont à %(origins)s, qui n’est pas dans la liste de celles qui peuvent "
            "nous afficher."
        ),
        _(
            "Ajoutez cette origine : « passerelle platform add » avec --issuer %(issuer)s et --frame-ancestor "
            "%(origins)s."
        ),
    ),
    "cookies-blocked": Fault(
        _("Un cookie posé à l’instant n’est pas revenu."),
        _("Ouvrez l’outil dans un nouvel onglet, ou autorisez les cookies de ce site dans le navigateur."),
    ),
}

REASONS: dict[str, LazyString] = {
    "ok": _("L’activité s’est ouverte."),
    "token-malformed": _("Ce que la plateforme a envoyé n’est pas un jeton lisible."),
    "signature-invalid": _("La signature ne correspond pas aux clés de la plateforme."),
    "key-unknown": _("La plateforme a signé avec une clé qu’elle ne publie pas."),
    "claim-invalid": _("Un renseignement manque dans ce que la plateforme a envoyé, ou n’a pas la bonne forme."),
    "audience-mismatch": _(
        "Le jeton n’est pas pour ce client : émetteur ou client différent de ceux de l’inscription."
    ),
    "nonce-mismatch": _("La réponse ne correspond pas à la demande qui l’avait précédée."),
    "deployment-waiting": _("Le déploiement attend votre accord : page « Déploiements »."),
    "deployment-refused": _("Le déploiement a été refusé : page « Déploiements »."),
    "target-not-ours": _("Le lien de l’activité ne mène à aucune de nos pages : vérifiez l’URL de l’outil."),
    "keys-unreachable": _("Les clés de la plateforme n’ont pas pu être lues : page « Vérifier »."),
    "token-expired": _("Le jeton est trop vieux, ou les horloges ne sont pas à l’heure : page « Vérifier »."),
    "state-other-browser": _(
        "Le navigateur n’a pas rendu le cookie de l’ouverture : cookies bloqués, ou autre navigateur."
    ),
}

ROLES: dict[GrantRole, LazyString] = {
    GrantRole.TEACHER: _("Enseignant"),
    GrantRole.MEDIATOR: _("Médiateur numérique"),
    GrantRole.CERTIFICATION: _("Équipe de certification"),
    GrantRole.TERRITORY: _("Lecture du territoire"),
    GrantRole.ADMINISTRATOR: _("Administrateur"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in words."""

    check: str
    ok: bool
    subject: str
    title: str
    happened: str
    remedy: str
    detail: str


def line(finding: Finding) -> Line:
    """A finding in the page's language; in French where there is no page."""
    fault = FAULTS.get(finding.fault)
    return Line(
        check=finding.check,
        ok=finding.ok,
        subject=finding.subject,
        title=str(CHECKS[finding.check]),
        happened=without_secrets(str(fault.happened) % finding.values) if fault else "",
        remedy=without_secrets(str(fault.remedy) % finding.values) if fault else "",
        detail=without_secrets(finding.detail),
    )


def reason(code: str) -> str:
    """Why a launch ended as it did, in words; an unknown code says that it was refused."""
    if code in REASONS:
        return str(REASONS[code])
    return str((WORDINGS.get(code) or WORDINGS["launch-rejected"]).happened)


def report(lines: list[Line], about: list[str]) -> str:
    """The examination as text to copy: no secret, no personal data."""
    written = [*about, ""]
    for each in lines:
        mark = "[OK]" if each.ok else "[!!]"
        written.append(
            " ".join(part for part in (mark, each.title, f"({each.subject})" if each.subject else "") if part)
        )
        written += [f"     {part}" for part in (each.detail, each.happened, each.remedy) if part]
    return "\n".join(written)

"""Verbs, activity types and extensions that exist already, each with its source; nothing minted here.

Prefixes of the sources:
- ADL       http://adlnet.gov/expapi/            ADL vocabulary (xAPI 1.0.3 Data, appendix; profiles.adlnet.gov)
- ADL w3id  https://w3id.org/xapi/adl/           ADL vocabulary published under w3id, used by cmi5
- CMI5      https://w3id.org/xapi/cmi5/          cmi5 specification, sections 9 and 10 and its profile
- TLA       https://w3id.org/xapi/tla/           Total Learning Architecture (MOM) profile
- TINCAN    http://id.tincanapi.com/             the Tin Can registry (registry.tincanapi.com)
- BADGE     http://specification.openbadges.org/ Open Badges recipe
- ACROSSX   https://w3id.org/xapi/acrossx/       "acrossx" profile
- NETC      https://w3id.org/xapi/netc/          NETC profile
- FR        http://vocab.xapi.fr/                the French-speaking community's vocabulary
- LMS       https://w3id.org/xapi/lms/           LMS profile
"""

from enum import StrEnum


class Verb(StrEnum):
    """What was done, by IRI."""

    # ADL
    ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
    ATTEMPTED = "http://adlnet.gov/expapi/verbs/attempted"
    ATTENDED = "http://adlnet.gov/expapi/verbs/attended"
    COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
    EXITED = "http://adlnet.gov/expapi/verbs/exited"
    EXPERIENCED = "http://adlnet.gov/expapi/verbs/experienced"
    FAILED = "http://adlnet.gov/expapi/verbs/failed"
    INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
    INTERACTED = "http://adlnet.gov/expapi/verbs/interacted"
    LAUNCHED = "http://adlnet.gov/expapi/verbs/launched"
    PASSED = "http://adlnet.gov/expapi/verbs/passed"
    PROGRESSED = "http://adlnet.gov/expapi/verbs/progressed"
    REGISTERED = "http://adlnet.gov/expapi/verbs/registered"
    RESUMED = "http://adlnet.gov/expapi/verbs/resumed"
    SCORED = "http://adlnet.gov/expapi/verbs/scored"
    SHARED = "http://adlnet.gov/expapi/verbs/shared"
    SUSPENDED = "http://adlnet.gov/expapi/verbs/suspended"
    TERMINATED = "http://adlnet.gov/expapi/verbs/terminated"
    # xAPI 1.0.3 Data §2.3.2: the one verb that the specification itself reserves
    VOIDED = "http://adlnet.gov/expapi/verbs/voided"
    # ADL w3id
    ABANDONED = "https://w3id.org/xapi/adl/verbs/abandoned"
    SATISFIED = "https://w3id.org/xapi/adl/verbs/satisfied"
    WAIVED = "https://w3id.org/xapi/adl/verbs/waived"
    # TLA
    ASSERTED = "https://w3id.org/xapi/tla/verbs/asserted"
    QUALIFIED = "https://w3id.org/xapi/tla/verbs/qualified"
    CERTIFIED = "https://w3id.org/xapi/tla/verbs/certified"
    # TINCAN
    DOWNLOADED = "http://id.tincanapi.com/verb/downloaded"
    # NETC
    ACCESSED = "https://w3id.org/xapi/netc/verbs/accessed"
    # BADGE
    EARNED = "http://specification.openbadges.org/xapi/verbs/earned"


class ActivityType(StrEnum):
    """What something is, by IRI."""

    # ADL
    ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
    COURSE = "http://adlnet.gov/expapi/activities/course"
    INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
    LESSON = "http://adlnet.gov/expapi/activities/lesson"
    MEETING = "http://adlnet.gov/expapi/activities/meeting"
    MODULE = "http://adlnet.gov/expapi/activities/module"
    PROFILE = "http://adlnet.gov/expapi/activities/profile"
    # CMI5
    CMI5_BLOCK = "https://w3id.org/xapi/cmi5/activitytype/block"
    CMI5_COURSE = "https://w3id.org/xapi/cmi5/activitytype/course"
    # TLA
    COMPETENCY = "https://w3id.org/xapi/tla/activity-types/competency"
    CREDENTIAL = "https://w3id.org/xapi/tla/activity-types/credential"
    # TINCAN
    DOCUMENT = "http://id.tincanapi.com/activitytype/document"
    SCHOOL = "http://id.tincanapi.com/activitytype/school"
    # ACROSSX
    WEBPAGE = "https://w3id.org/xapi/acrossx/activities/webpage"
    # FR
    FACE_TO_FACE = "http://vocab.xapi.fr/activities/face-to-face"
    LIVE_SESSION = "http://vocab.xapi.fr/activities/live-session"
    # Activity Streams 1.0, as the Open Badges recipe uses it
    BADGE = "http://activitystrea.ms/schema/1.0/badge"


class Extension(StrEnum):
    """Keys of `extensions`, by IRI."""

    # LMS: the role at launch (context)
    LMS_ROLE = "https://w3id.org/xapi/lms/extensions/role"
    # CMI5 §9.5.5.1: whole per cent, 0 to 100, 100 only with completed (result)
    PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
    # CMI5 §9.6.3: session, mastery score, how it was launched (context)
    SESSION_ID = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
    MASTERY_SCORE = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
    LAUNCH_MODE = "https://w3id.org/xapi/cmi5/context/extensions/launchmode"


class InteractionType(StrEnum):
    """How a question is answered. Spec: xAPI 1.0.3 Data §2.4.4.1, after SCORM 2004 (IEEE 1484.11.1)."""

    TRUE_FALSE = "true-false"
    CHOICE = "choice"
    FILL_IN = "fill-in"
    LONG_FILL_IN = "long-fill-in"
    MATCHING = "matching"
    PERFORMANCE = "performance"
    SEQUENCING = "sequencing"
    LIKERT = "likert"
    NUMERIC = "numeric"
    OTHER = "other"


# Category of the Open Badges recipe (BADGE)
BADGE_RECIPE = "http://specification.openbadges.org/xapi/recipe/base/0_0_2"

# Parts one response or one pattern of several (IEEE 1484.11.1, kept by xAPI 1.0.3 Data §2.4.4.1)
RESPONSE_SEPARATOR = "[,]"

DISPLAY: dict[Verb, dict[str, str]] = {
    Verb.ANSWERED: {"en": "answered", "fr": "a répondu à", "ar": "أجاب عن"},
    Verb.ATTEMPTED: {"en": "attempted", "fr": "a tenté", "ar": "حاول"},
    Verb.ATTENDED: {"en": "attended", "fr": "a participé à", "ar": "حضر"},
    Verb.COMPLETED: {"en": "completed", "fr": "a terminé", "ar": "أكمل"},
    Verb.EXITED: {"en": "exited", "fr": "est sorti de", "ar": "خرج من"},
    Verb.EXPERIENCED: {"en": "experienced", "fr": "a consulté", "ar": "اطّلع على"},
    Verb.FAILED: {"en": "failed", "fr": "n’a pas réussi", "ar": "لم ينجح في"},
    Verb.INITIALIZED: {"en": "initialized", "fr": "a commencé", "ar": "بدأ"},
    Verb.INTERACTED: {"en": "interacted with", "fr": "a interagi avec", "ar": "تفاعل مع"},
    Verb.LAUNCHED: {"en": "launched", "fr": "a ouvert", "ar": "فتح"},
    Verb.PASSED: {"en": "passed", "fr": "a réussi", "ar": "نجح في"},
    Verb.PROGRESSED: {"en": "progressed in", "fr": "a avancé dans", "ar": "تقدّم في"},
    Verb.REGISTERED: {"en": "registered for", "fr": "s’est inscrit à", "ar": "سجّل في"},
    Verb.RESUMED: {"en": "resumed", "fr": "a repris", "ar": "استأنف"},
    Verb.SCORED: {"en": "scored", "fr": "a obtenu un score à", "ar": "أحرز نقاطًا في"},
    Verb.SHARED: {"en": "shared", "fr": "a partagé", "ar": "شارك"},
    Verb.SUSPENDED: {"en": "suspended", "fr": "a interrompu", "ar": "أوقف مؤقتًا"},
    Verb.TERMINATED: {"en": "terminated", "fr": "a quitté", "ar": "أنهى"},
    Verb.VOIDED: {"en": "voided", "fr": "a annulé", "ar": "ألغى"},
    Verb.ABANDONED: {"en": "abandoned", "fr": "a abandonné", "ar": "تخلّى عن"},
    Verb.SATISFIED: {"en": "satisfied", "fr": "a rempli les conditions de", "ar": "استوفى"},
    Verb.WAIVED: {"en": "waived", "fr": "a été dispensé de", "ar": "أُعفي من"},
    Verb.ASSERTED: {"en": "asserted", "fr": "a établi", "ar": "أثبت"},
    Verb.QUALIFIED: {"en": "qualified for", "fr": "est prêt pour", "ar": "تأهّل لـ"},
    Verb.CERTIFIED: {"en": "certified", "fr": "a certifié", "ar": "صادق على"},
    Verb.DOWNLOADED: {"en": "downloaded", "fr": "a téléchargé", "ar": "نزّل"},
    Verb.ACCESSED: {"en": "accessed", "fr": "a accédé à", "ar": "دخل إلى"},
    Verb.EARNED: {"en": "earned", "fr": "a obtenu", "ar": "حصل على"},
}

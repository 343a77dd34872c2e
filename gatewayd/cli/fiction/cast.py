"""Who and what the fictitious month is about. Nobody here exists, and no number belongs to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gatewayd.access.roles import Role
from gatewayd.message import Priority
from gatewayd.queue.types import TypeDraft
from gatewayd.templates.fields import Field, FieldType

#: Name, what the pages call them, language, roles.
PEOPLE: Final = (
    ("ana", "Ana Souza", "pt-BR", (Role.ADMIN,)),
    ("bruno", "Bruno Cardoso", "pt-BR", (Role.OPERATOR,)),
    ("carmen", "Carmen Ruiz", "es", (Role.APPROVER,)),
    ("montse", "Montserrat Puig", "ca", (Role.ATTENDANT,)),
    ("zofia", "Zofia Brzęczyszczykiewicz", "pl", (Role.OPERATOR, Role.APPROVER)),
    ("grace", "Grace Field", "en", (Role.VIEWER,)),
)

#: An application, the share of the messages that is its, and the types that it sends.
APPLICATIONS: Final[Mapping[str, tuple[float, tuple[str, ...]]]] = {
    "customer-service": (0.55, ("ra_opened", "ra_closed")),
    "billing": (0.33, ("invoice",)),
    "noc": (0.12, ("maintenance", "incident")),
}

LANGUAGES: Final = ("pt-BR", "es", "ca", "pl", "en")
#: The beginning of a language's fictitious numbers.
PREFIXES: Final = {
    "pt-BR": "+35191000",
    "es": "+34600000",
    "ca": "+34600001",
    "pl": "+48600000",
    "en": "+447400123",
}
#: How many different people of each language there are.
PER_LANGUAGE: Final = 160


def number(language: str, index: int) -> str:
    """The fictitious number of one recipient."""
    prefix = PREFIXES[language]
    return f"{prefix}{index:0{4 if prefix.startswith('+351') else 3}d}"


TYPES: Final[Mapping[str, TypeDraft]] = {
    "ra_opened": TypeDraft(
        {
            "en": "Request opened",
            "pt-BR": "RA aberta",
            "es": "Solicitud abierta",
            "ca": "Sol·licitud oberta",
            "pl": "Zgłoszenie przyjęte",
        }
    ),
    "ra_closed": TypeDraft(
        {
            "en": "Request resolved",
            "pt-BR": "RA atendida",
            "es": "Solicitud resuelta",
            "ca": "Sol·licitud resolta",
            "pl": "Zgłoszenie załatwione",
        }
    ),
    "invoice": TypeDraft(
        {"en": "Invoice", "pt-BR": "Fatura", "es": "Factura", "ca": "Factura", "pl": "Faktura"},
        priority=Priority.BULK,
        keep_days=365,
    ),
    "maintenance": TypeDraft(
        {
            "en": "Planned works",
            "pt-BR": "Manutenção programada",
            "es": "Trabajos programados",
            "ca": "Treballs programats",
            "pl": "Prace planowe",
        },
        validity=6 * 3600,
    ),
    "incident": TypeDraft(
        {"en": "Incident", "pt-BR": "Incidente", "es": "Incidencia", "ca": "Incidència", "pl": "Awaria"},
        priority=Priority.HIGH,
        validity=3600,
    ),
}

#: What each type says in each language. `{n}` is a number, `{d}` a day.
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ra_opened": {
        "pt-BR": "Sua solicitação foi registrada. Protocolo RA-2026-{n}. Acompanhe pelo 0800 000 0000.",
        "es": "Hemos registrado su solicitud con el número RA-2026-{n}. Le avisaremos cuando esté resuelta.",
        "ca": "Hem registrat la vostra sol·licitud amb el número RA-2026-{n}. Us avisarem quan estigui resolta.",
        "pl": "Przyjęliśmy Państwa zgłoszenie pod numerem RA-2026-{n}. Powiadomimy o jego załatwieniu.",
        "en": "Your request is registered as RA-2026-{n}. We will tell you when it is resolved.",
    },
    "ra_closed": {
        "pt-BR": "A solicitação RA-2026-{n} foi atendida com sucesso. Agradecemos a paciência.",
        "es": "La solicitud RA-2026-{n} está resuelta. Gracias por su paciencia.",
        "ca": "La sol·licitud RA-2026-{n} està resolta. Gràcies per la paciència.",
        "pl": "Zgłoszenie RA-2026-{n} zostało załatwione. Dziękujemy za cierpliwość.",
        "en": "Request RA-2026-{n} is resolved. Thank you for your patience.",
    },
    "invoice": {
        "pt-BR": "Sua fatura {n} vence em {d}. Segunda via em https://contas.example/{n} ou no aplicativo. "
        "Se já pagou, desconsidere esta mensagem. Para não receber mais, responda SAIR.",
        "es": "Su factura {n} vence el {d}. Puede verla en https://cuentas.example/{n}",
        "ca": "La vostra factura {n} venç el {d}. La podeu veure a https://comptes.example/{n}",
        "pl": "Termin płatności faktury {n} upływa {d}. Szczegóły: https://konto.example/{n}",
        "en": "Your invoice {n} is due on {d}. See https://accounts.example/{n}",
    },
    "maintenance": {
        "pt-BR": "Manutenção programada em {d}, das 2h às 4h, no anel norte. Circuitos NR-{n} sem proteção.",
        "es": "Trabajos programados el {d} de 2:00 a 4:00 en el anillo norte. Circuitos NR-{n} sin protección.",
        "ca": "Treballs programats el {d} de 2:00 a 4:00 a l'anell nord. Circuits NR-{n} sense protecció.",
        "pl": "Prace planowe {d} w godz. 2:00–4:00 na pierścieniu północnym. Łącza NR-{n} bez zabezpieczenia.",
        "en": "Planned works on {d}, 2:00 to 4:00, on the northern ring. Circuits NR-{n} run without protection "
        "meanwhile; please postpone your own works there. Questions: noc@example.org",
    },
    "incident": {
        "pt-BR": "INCIDENTE {n}: queda de energia na estação Faro 2, em baterias.",
        "es": "INCIDENCIA {n}: caída de tensión en la estación de Málaga 2, con baterías.",
        "ca": "INCIDÈNCIA {n}: caiguda de tensió a l'estació de Girona 2, amb bateries.",
        "pl": "AWARIA {n}: zanik zasilania na stacji Łódź 2, praca na bateriach.",
        "en": "INCIDENT {n}: power failure at site Leeds 2, on battery.",
    },
}

#: What the templates of two types say, with their fields.
TEMPLATE_FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "ra_opened": (Field("protocol", example="RA-2026-004711"),),
    "invoice": (Field("invoice", example="900417"), Field("due", FieldType.DATE, example="2026-12-10")),
}
TEMPLATE_BODIES: Final[Mapping[str, Mapping[str, str]]] = {
    "ra_opened": {
        language: text.replace("RA-2026-{n}", "{{ protocol }}")
        for language, text in TEXTS["ra_opened"].items()
    },
    "invoice": {
        language: text.replace("{n}", "{{ invoice }}").replace("{d}", "{{ due }}")
        for language, text in TEXTS["invoice"].items()
    },
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody writes back."""

    language: str
    text: str
    share: int = 10


ANSWERS: Final = (
    Answer("pt-BR", "Obrigado! A água voltou hoje de manhã."),
    Answer("es", "Sigue sin funcionar. ¿Pueden llamarme?"),
    Answer("ca", "Moltes gràcies, ja funciona."),
    Answer("pl", "Dziękuję, wszystko działa. Proszę jeszcze o fakturę na firmę."),
    Answer("en", "Thanks. Is the second visit still on Thursday?"),
    Answer("pt-BR", "SAIR", 1),
    Answer("es", "BAJA", 1),
    Answer("en", "STOP", 1),
    Answer("pl", "STOP", 1),
    Answer(
        "es",
        "Buenas tardes: el técnico estuvo ayer por la mañana, cambió el contador y dijo que volvería para la "
        "tapa. Hoy no ha venido nadie y la acera está abierta; hay un colegio enfrente. ¿Pueden enviar a alguien "
        "antes de las cinco, por favor? Gracias.",
    ),
)

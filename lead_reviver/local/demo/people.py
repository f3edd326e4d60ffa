"""Who works at the demo agency, and its leads. Numbers come from ranges kept for fiction or given to nobody.

Fiction: +44 7700 900xxx (Ofcom), +33 6 39 98 xx xx (ARCEP), +49 171 39200xx (BNetzA), +1 xxx 555 01xx (NANPA).
Given to nobody: +34 555 xxx xxx and +351 555 xxx xxx.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Member:
    """Somebody of the agency."""

    key: str
    role: str
    name: str
    email: str


@dataclass(frozen=True)
class DemoLead:
    """Somebody who once asked about a home."""

    key: str
    name: str
    phone: str | None
    language: str
    stage: str
    source: str
    days_ago: int
    """When the lead first asked."""
    owner: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    """Playbook field to (value, the lead's own words)."""
    email: str | None = None
    bsuid: str | None = None
    note: str | None = None
    opted_out: bool = False


MEMBERS = (
    Member("carmen", "owner", "Carmen Vidal", "owner@costa-homes.example"),
    Member("diego", "manager", "Diego Santos", "manager@costa-homes.example"),
    Member("marta", "agent", "Marta López", "marta@costa-homes.example"),
    Member("lukas", "agent", "Lukas Weber", "lukas@costa-homes.example"),
    Member("ana", "viewer", "Ana Ribeiro", "viewer@costa-homes.example"),
)


def euros(most: int) -> dict[str, Any]:
    """Return a budget "up to" as the playbook stores it, in cents."""
    return {"min_minor": None, "max_minor": most * 100, "currency": "EUR"}


WEB, PORTAL, OPEN_HOUSE, WHATSAPP, AD = (
    "Website form",
    "Property portal",
    "Open house",
    "WhatsApp",
    "Click-to-WhatsApp ad",
)

LEADS = (
    DemoLead(
        "lucia", "Lucía Ferrer", "+34555010101", "es", "meeting", WEB, 96, "marta", ("Hot", "Sea view"),
        {"bedrooms": (3, "tres dormitorios"), "area": ("La Cala", "por La Cala"), "budget": (euros(420_000), "hasta 420 mil"),
         "timeline": ("soon", "En menos de 3 meses"), "financing": (True, "Sí")},
        "lucia.ferrer@example.com", note="Viene con su hermana. Prefiere orientación sur y quiere ver el garaje.",
    ),
    DemoLead(
        "james", "James Whitfield", "+447700900142", "en", "engaged", PORTAL, 141, None, ("Second home",),
        {"bedrooms": (2, "two bedrooms")}, "james.whitfield@example.com",
    ),
    DemoLead(
        "sofia", "Sofia Almeida", "+351555020304", "pt", "engaged", AD, 1, None, (),
        {"bedrooms": (2, "um T2"), "area": ("Marbella", "em Marbella")},
    ),
    DemoLead(
        "anke", "Anke Brandt", "+491713920011", "de", "engaged", PORTAL, 210, "lukas", ("Relocating",),
        {"area": ("Nerja", "in Nerja")}, "anke.brandt@example.com",
        note="Zieht im Frühjahr um, hat einen Hund. Terrasse ist Pflicht.",
    ),
    DemoLead("carlos", "Carlos Ruiz", "+34555010122", "es", "lost", WEB, 320, "marta", (), opted_out=True),
    DemoLead("emma", "Emma Clarke", "+447700900517", "en", "engaged", OPEN_HOUSE, 64, None, ("Sea view",)),
    DemoLead(
        "hugo", "Hugo Martín", "+34555010177", "es", "engaged", WEB, 45, "marta", (),
        {"area": ("El Palo, Málaga", "El Palo, Málaga"), "bedrooms": (4, "cuatro habitaciones")},
    ),
    DemoLead(
        "priya", "Priya Nair", None, "en", "engaged", AD, 0, None, ("Investor",), {"bedrooms": (1, "1 bed")},
        bsuid="GB.7Hq2PriyaN41",
    ),
    DemoLead("paul", "Paul Dubois", "+33639980045", "fr", "contacted", PORTAL, 188, "lukas", ()),
    DemoLead(
        "nora", "Nora Lindqvist", "+447700900733", "en", "qualified", WEB, 77, "lukas", ("Hot", "Cash buyer"),
        {"bedrooms": (3, "3"), "area": ("Estepona", "Estepona"), "budget": (euros(610_000), "610k max"),
         "timeline": ("later", "Later this year"), "financing": (True, "Yes")},
        "nora.lindqvist@example.com",
    ),
    DemoLead(
        "elena", "Elena Costa", "+34555010188", "es", "won", OPEN_HOUSE, 152, "marta", ("Cash buyer",),
        {"bedrooms": (2, "dos"), "area": ("Fuengirola", "Fuengirola"), "budget": (euros(285_000), "285.000"),
         "timeline": ("soon", "En menos de 3 meses"), "financing": (True, "Sí")},
        "elena.costa@example.com", note="Firmó la reserva del ático de Fuengirola. Notaría el mes que viene.",
    ),
    DemoLead("tom", "Tom Becker", "+491713920027", "en", "contacted", PORTAL, 240, None, ("Second home",)),
    DemoLead(
        "ines", "Inês Duarte", "+351555020377", "pt", "qualified", WEB, 59, None, ("Relocating",),
        {"bedrooms": (3, "T3"), "area": ("Málaga centro", "Málaga centro"), "budget": (euros(350_000), "350 mil")},
    ),
    DemoLead(
        "oliver", "Oliver Hughes", "+447700900861", "en", "qualified", PORTAL, 118, "lukas", ("Investor", "Cash buyer"),
        {"bedrooms": (2, "two beds"), "area": ("Marbella", "Marbella"), "budget": (euros(500_000), "half a million"),
         "financing": (True, "cash")},
        "oliver.hughes@example.com", note="Buys through his company; wants the rental figures of the last two seasons.",
    ),
    DemoLead("nadia", "Nadia Haddad", "+33639980071", "ar", "engaged", AD, 0, None, ("Sea view",)),
    DemoLead("grace", "Grace Murphy", "+447700900299", "en", "engaged", WEB, 33, None, (), {"bedrooms": (2, "2 beds")}),
    DemoLead("mateo", "Mateo Gil", "+34555010203", "es", "new", WEB, 412, None, ()),
    DemoLead("julie", "Julie Laurent", "+33639980102", "fr", "new", PORTAL, 388, None, ("Second home",)),
    DemoLead("henrik", "Henrik Sørensen", "+447700900410", "en", "new", OPEN_HOUSE, 301, "lukas", ()),
    DemoLead("beatriz", "Beatriz Nunes", "+351555020410", "pt", "new", WEB, 276, None, ()),
    DemoLead("aisha", "Aisha Rahman", "+447700900431", "en", "new", PORTAL, 265, None, ("Investor",)),
    DemoLead("pablo", "Pablo Ortega", "+34555010219", "es", "new", PORTAL, 251, "marta", ()),
    DemoLead("claire", "Claire Fontaine", "+33639980133", "fr", "new", WEB, 244, None, ()),
    DemoLead("stefan", "Stefan Vogel", "+491713920036", "de", "new", PORTAL, 231, None, ("Relocating",)),
    DemoLead("rosa", "Rosa Delgado", "+34555010231", "es", "new", OPEN_HOUSE, 220, "marta", ()),
    DemoLead("liam", "Liam O'Connor", "+447700900467", "en", "contacted", WEB, 207, None, ()),
    DemoLead("marie", "Marie Petit", "+33639980160", "fr", "contacted", PORTAL, 199, None, ()),
    DemoLead("joana", "Joana Pires", "+351555020455", "pt", "contacted", AD, 175, None, ()),
    DemoLead("daniel", "Daniel Ibáñez", "+34555010256", "es", "contacted", WEB, 166, "marta", ()),
    DemoLead("sarah", "Sarah Bennett", "+447700900512", "en", "contacted", PORTAL, 159, "lukas", ("Sea view",)),
    DemoLead("giulia", "Giulia Romano", "+33639980187", "it", "contacted", PORTAL, 151, None, ()),
    DemoLead("michael", "Michael Ross", "+12025550143", "en", "contacted", PORTAL, 139, None, ("Second home",)),
    DemoLead("andrea", "Andrea Molina", "+34555010268", "es", "qualified", WEB, 121, "marta", (),
             {"bedrooms": (2, "dos"), "budget": (euros(240_000), "240 mil"), "timeline": ("soon", "cuanto antes")}),
    DemoLead("kevin", "Kevin Doyle", "+447700900538", "en", "qualified", OPEN_HOUSE, 108, "lukas", ("Cash buyer",),
             {"bedrooms": (3, "three"), "area": ("Mijas", "Mijas"), "timeline": ("later", "Later this year")}),
    DemoLead("teresa", "Teresa Vargas", "+34555010277", "es", "meeting", PORTAL, 92, "marta", ("Hot",),
             {"bedrooms": (2, "dos"), "area": ("Torremolinos", "Torremolinos"), "budget": (euros(260_000), "260.000 €")}),
    DemoLead("rajesh", "Rajesh Kumar", "+447700900561", "hi", "meeting", AD, 41, "lukas", ("Investor",),
             {"bedrooms": (2, "2 BHK"), "budget": (euros(300_000), "300k")}),
    DemoLead("charlotte", "Charlotte Moreau", "+33639980214", "fr", "won", WEB, 260, "lukas", (),
             {"bedrooms": (4, "quatre"), "area": ("Benalmádena", "Benalmádena")}),
    DemoLead("victor", "Víctor Serrano", "+34555010290", "es", "lost", PORTAL, 233, "marta", (),
             note="Compró con otra agencia en septiembre."),
    DemoLead("hannah", "Hannah Fischer", "+491713920052", "de", "lost", WEB, 205, "lukas", ()),
    DemoLead("ruben", "Rubén Castro", "+34555010299", "es", "lost", OPEN_HOUSE, 199, None, (), opted_out=True),
)  # fmt: skip

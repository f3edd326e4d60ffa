"""The approved templates a fresh business account has, so that there is something to send."""

from __future__ import annotations

from lead_reviver.simulator.templates import check_components
from lead_reviver.simulator.world import Json, Template, World


def _body(text: str, *examples: tuple[str, str]) -> Json:
    named = [{"param_name": name, "example": example} for name, example in examples]
    return {"type": "BODY", "text": text, **({"example": {"body_text_named_params": named}} if named else {})}


def _quick_replies(*texts: str) -> Json:
    return {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in texts]}


REVIVE: dict[str, tuple[str, str, tuple[str, str, str]]] = {
    "en": (
        "Hi {{first_name}}, some time ago you asked us about {{interest}}. Are you still looking? "
        "We have new options that may fit.",
        "Costa Homes. You can stop these messages at any time.",
        ("Yes, still looking", "Not now", "Stop"),
    ),
    "es": (
        "Hola {{first_name}}, hace un tiempo nos preguntaste por {{interest}}. ¿Sigues buscando? "
        "Tenemos opciones nuevas que te pueden encajar.",
        "Costa Homes. Puedes darte de baja cuando quieras.",
        ("Sí, sigo buscando", "Ahora no", "Baja"),
    ),
}


def seed_templates(world: World) -> None:
    """Add the templates that are there from the start; those already known stay as they are."""
    for number, template in enumerate(_all()):
        template.id = str(54_000_000_000_001 + number)
        check_components(template)
        world.templates.setdefault((template.name, template.language), template)


def _all() -> list[Template]:
    templates = [
        Template(
            id="",
            name="hello_world",
            language="en_US",
            category="UTILITY",
            components=[
                {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
                {"type": "BODY", "text": "Welcome! This message shows that your business number can send messages."},
                {"type": "FOOTER", "text": "A sample of the business platform"},
            ],
        ),
        Template(
            id="",
            name="appointment_reminder",
            language="en",
            category="UTILITY",
            parameter_format="NAMED",
            components=[
                _body(
                    "Hi {{first_name}}, this is a reminder of your viewing on {{when}} at {{place}}. Does it still "
                    "suit you?",
                    ("first_name", "Bo"),
                    ("when", "Tuesday at 10:00"),
                    ("place", "12 Harbour Street"),
                ),
                _quick_replies("I'll be there", "Another time"),
            ],
        ),
        Template(
            id="",
            name="new_listing",
            language="en",
            category="MARKETING",
            components=[
                {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW1hZ2UvanBn"]}},
                {
                    "type": "BODY",
                    "text": "Hi {{1}}, a home in {{2}} has just come onto the market, and you are among the first "
                    "to hear of it.",
                    "example": {"body_text": [["Bo", "Ruzafa"]]},
                },
                {
                    "type": "BUTTONS",
                    "buttons": [
                        {
                            "type": "URL",
                            "text": "See the home",
                            "url": "https://example.com/homes/{{1}}",
                            "example": ["https://example.com/homes/42"],
                        },
                        {"type": "QUICK_REPLY", "text": "Stop"},
                    ],
                },
            ],
        ),
    ]
    for language, (body, footer, buttons) in REVIVE.items():
        interest = "a flat in Ruzafa" if language == "en" else "un piso en Ruzafa"
        templates.append(
            Template(
                id="",
                name="revive_lead",
                language=language,
                category="MARKETING",
                parameter_format="NAMED",
                components=[
                    _body(body, ("first_name", "Ana"), ("interest", interest)),
                    {"type": "FOOTER", "text": footer},
                    _quick_replies(*buttons),
                ],
            )
        )
    return templates

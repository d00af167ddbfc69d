"""Questions that no English document answers: in other languages, and of no sense.

`python -m tests.evals.fit` asks them of every set; their confidence must stay far below the threshold.
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.models import MEMBERS, PUBLIC
from tests.evals.questions import EvalSet, Labelled

FOREIGN = (
    "Wie viele Urlaubstage habe ich im Jahr?",
    "Wie setze ich mein Passwort zurück?",
    "VPN funktioniert nicht, was tun?",
    "Pension Beitrag Arbeitgeber wie viel Prozent?",
    "Was bedeutet Fehlercode E07?",
    "Welche Versicherung bekomme ich bei Dienstreisen nach London?",
    "¿Cuántos días de vacaciones tengo al año?",
    "¿Puedo trabajar desde casa los viernes?",
    "¿Cuál es la garantía del producto?",
    "Cómo conecto el VPN?",
    "Combien de jours de congé ai-je par an ?",
    "Comment réinitialiser mon mot de passe ?",
    "Quel est le taux de contribution pension de l'employeur ?",
    "Que faire en cas de maladie ?",
    "Qual è il limite per un hotel a Londra?",
    "Hoeveel vakantiedagen heb ik per jaar?",
)
NONSENSE = (
    "purple elephant quantum toaster",
    "asdf qwer zxcv",
    "colorless green ideas sleep furiously",
    "table lamp running seven because",
    "the the the",
    "xyzzy plugh frobnicate",
    "banana travel moon sock leave",
    "?? !!",
    "ok thanks",
)


def probes(given: EvalSet) -> EvalSet:
    """The set with these questions in place of its own."""
    return replace(given, questions=[_unanswerable(text) for text in (*FOREIGN, *NONSENSE)])


def _unanswerable(text: str) -> Labelled:
    return Labelled(
        id=text,
        text=text,
        answerable=False,
        gold_docs=frozenset(),
        gold_spans=(),
        gold_pages=frozenset(),
        answers=(),
        groups=frozenset({MEMBERS, PUBLIC}),
        kind="foreign" if text in FOREIGN else "nonsense",
        expect="abstain",
        split="dev",
        history=(),
    )

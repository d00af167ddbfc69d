"""Everything the bot says by itself. Short, and never a bare "I don't know"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.models import Answer, Attachment, Conversation, Route, Ticket
from knowledge.models import Evidence
from knowledge.retriever import best_documents

HELP: Final = (
    "Ask me about anything that is written down here: policies, manuals, how things are done. I answer with the place "
    "where it stands. When I am not sure, I ask a person for you; you can always say *ask a person*."
)
UNCLEAR: Final = (
    "Can you tell me a little more? For example which product, policy or document it is about, and what you want to do."
)
COMMANDS: Final = "If that was meant as a command: they begin with a slash, and `/help` lists them."
BROKEN: Final = "Something went wrong on my side, so I have passed your question to a person."
BROKEN_PRESS: Final = "Something went wrong on my side, and nothing was changed. Please try again."
NOT_PASSED_ON: Final = "Something went wrong on my side, so this was not passed on. Please write it again."
NO_DRAFT: Final = "There is no draft any more that everybody may read who would see it: please write the answer."
NOTHING_WRITTEN: Final = "There was nothing in it, so nothing was sent: write the answer first."
NOT_OPEN: Final = "That is no longer open."
NOT_YOURS: Final = "Only those who answer questions here can do that."
THANKS_HELPFUL: Final = "Thank you, good to know."
THANKS_REASON: Final = "Thank you. Somebody will look at this answer, and the cached copy is gone."
CLOSED_SINCE: Final = (
    "What I had found is not what everybody here may read any more, or has changed. Please ask again, or ask a person."
)
STOPPED: Final = "Stopped. Ask again whenever you like."
RESUMED: Final = "I am back: ask away."
LEARNING: Final = "Thank you. It waits for review as a draft; whoever reviews it sees what it changes."
KNOWN_ALREADY: Final = "That answer only quotes what is written down already, so there is nothing to learn from it."
NOTHING_TO_LEARN: Final = "There is no answer of yours on this ticket yet: write one first."

_SMALL_TALK: Final = {
    "thanks": "You're welcome.",
    "bye": "Goodbye.",
    "hello": f"Hello. {HELP}",
}


def small_talk(text: str) -> str:
    words = text.lower()
    if any(word in words for word in ("thank", "thx", "cheers", "great", "perfect", "awesome", "helpful", "got it")):
        return _SMALL_TALK["thanks"]
    if any(word in words for word in ("bye", "see you", "good night", "later", "have a nice", "have a good")):
        return _SMALL_TALK["bye"]
    return _SMALL_TALK["hello"]


def not_found(evidence: Sequence[Evidence], *, when: str) -> str:
    """Retrieval found nothing either: where it looked, and that a person can be asked."""
    closest = titles(evidence)
    looked = f" The closest I have is {closest}." if closest else ""
    return f"I couldn't find this in the documents you can read.{looked} Shall I ask a person? They {when}."


def handed_over(ticket: Ticket, *, route: Route, evidence: Sequence[Evidence], when: str) -> str:
    """The asker is told who has it and when to expect them; only what is committed."""
    opening = {
        "person": "Of course.",
        "personal": "That needs a look at your own records, which I cannot see.",
    }.get(route.name)
    if opening is None:
        closest = titles(evidence)
        opening = "I couldn't find a sure answer to this" + (f"; the closest I have is {closest}." if closest else ".")
    return f"{opening} {passed_on(ticket, when=when)}"


def passed_on(ticket: Ticket, *, when: str) -> str:
    return f"I have passed your question to {room(ticket.experts)} as #{ticket.number}: they {when}."


def passed_for_review(ticket: Ticket, *, when: str) -> str:
    """For people from outside, whose answers are looked at first."""
    return f"Thank you. A person looks at your question, #{ticket.number}: they {when}."


def unsearchable(ticket: Ticket, *, when: str) -> str:
    return f"I cannot look into the documents at the moment, so {passed_on(ticket, when=when)}"


def added(ticket: Ticket) -> str:
    who = f"**{ticket.claimant_name}**" if ticket.claimant else room(ticket.experts)
    return f"{who} already has #{ticket.number} from this conversation; I have added this to it."


def unread(attachments: Sequence[Attachment]) -> str:
    """Named, because nobody should believe that they were looked at. Empty if there are none."""
    if not attachments:
        return ""
    names = " or ".join(f"*{each.name}*" for each in attachments[:3]) + (" …" if attachments[3:] else "")
    return f"\n\nI did not read {names}: I can only read what you write."


def reason(answer: Answer, *, draft_mode: bool = False) -> str:
    """Why a question is handed over, for the experts."""
    if draft_mode and answer.outcome == "answered":
        return f"Answers here are looked at first. The draft is sure: {answer.confidence:.2f}."
    unsure = f"Not sure enough: {answer.confidence:.2f}, where answers start at {answer.threshold:.2f}."
    return {
        "person": "They asked for a person.",
        "personal": "It needs a look at somebody's own records.",
        "clarify": "It stayed unclear what is asked.",
        "out_of_scope": "Nothing was found about it.",
    }.get(answer.route.name, unsure)


def room(conversation: Conversation) -> str:
    """A channel by name. The link is of the bot's own kind: adapters turn it into what their platform has for it."""
    return f"[{conversation.channel}](room:{conversation.room})"


def titles(evidence: Sequence[Evidence]) -> str:
    """The closest documents: `*A*, *B* or *C*`."""
    named = [f"*{entry.passage.document.title}*" for entry in best_documents(evidence, most=3)]
    return " or ".join(([", ".join(named[:-1])] if named[1:] else []) + named[-1:])

"""The values that the parts of the bot hand on. Frozen, and the same on every platform.

messages.py    what comes in: people, conversations, events
answers.py     a question on its way to an answer
replies.py     what goes out
tickets.py     what people answer, and what is remembered of it all
operation.py   what those who run the bot look at
"""

from bot.models.answers import (
    LONGEST_QUESTION,
    Answer,
    Citation,
    Draft,
    Outcome,
    Question,
    Quote,
    Route,
    RouteName,
    Turn,
    quotes_markdown,
)
from bot.models.derived import found_of, in_meaning, in_words, sources_of
from bot.models.messages import (
    EVENTS,
    RANK,
    Action,
    Address,
    Attachment,
    Conversation,
    Deleted,
    Edited,
    Event,
    Message,
    Person,
    Pressed,
    Role,
    Stopped,
    Voted,
)
from bot.models.operation import Check, SourceStatus, State, Status
from bot.models.replies import (
    Button,
    Capability,
    Delivery,
    Operation,
    Posted,
    Progress,
    Reply,
    ReplyKind,
    Source,
    made_id,
)
from bot.models.tickets import (
    OPEN,
    AdminJob,
    AuditEntry,
    ConversationState,
    Exchange,
    Feedback,
    Found,
    Job,
    JobState,
    Learned,
    LearnedState,
    Pin,
    Said,
    Ticket,
    TicketState,
)

__all__ = [
    "EVENTS", "LONGEST_QUESTION", "OPEN", "RANK", "Action", "Address", "AdminJob", "Answer", "Attachment", "AuditEntry",
    "Button", "Capability", "Check", "Citation", "Conversation", "ConversationState", "Deleted", "Delivery", "Draft",
    "Edited", "Event", "Exchange", "Feedback", "Found", "Job", "JobState", "Learned", "LearnedState", "Message",
    "Operation", "Outcome", "Person", "Pin", "Posted", "Pressed", "Progress", "Question", "Quote", "Reply", "ReplyKind",
    "Role", "Route", "RouteName", "Said", "Source", "SourceStatus", "State", "Status", "Stopped", "Ticket",
    "TicketState", "Turn", "Voted", "found_of", "in_meaning", "in_words", "made_id", "quotes_markdown", "sources_of",
]  # fmt: skip

"""deskhand.toml and the environment, read once at start -> typed sections.

sections.py    what may stand in deskhand.toml, table by table
reading.py     the file and the environment -> Settings, and the words for what is wrong with them
"""

from bot.settings.reading import (
    FILE_NAME,
    Section,
    Settings,
    Table,
    default_home,
    load,
    section,
    starter,
    write_settings,
)
from bot.settings.sections import (
    AnswerSection,
    ChannelSection,
    DirectorySection,
    EmbedderSection,
    ExpertsSection,
    HoursSection,
    IndexSection,
    Mode,
    RetentionSection,
    RouterSection,
    StoreSection,
    TopicSection,
    WebhookSection,
    WorkSection,
)

__all__ = [
    "FILE_NAME", "AnswerSection", "ChannelSection", "DirectorySection", "EmbedderSection", "ExpertsSection",
    "HoursSection", "IndexSection", "Mode", "RetentionSection", "RouterSection", "Section", "Settings", "StoreSection",
    "Table", "TopicSection", "WebhookSection", "WorkSection", "default_home", "load", "section", "starter",
    "write_settings",
]  # fmt: skip

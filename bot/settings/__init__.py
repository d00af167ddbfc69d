"""deskhand.toml and the environment, read once at start -> typed sections.

fields.py      single values: what each may be
sections.py    what may stand in deskhand.toml, table by table
explaining.py  the words for what is wrong with them
reading.py     the file and the environment -> Settings
origins.py     Settings -> each setting and where it comes from
"""

from bot.settings.origins import in_force
from bot.settings.reading import (
    FILE_NAME,
    Section,
    Settings,
    Table,
    default_home,
    load,
    section,
    served,
    starter,
    write_people,
    write_settings,
)
from bot.settings.sections import (
    AnswerSection,
    ChannelSection,
    ConsoleSection,
    DirectorySection,
    EmbedderSection,
    ExpertsSection,
    HoursSection,
    HttpSection,
    IndexSection,
    Mode,
    OidcSection,
    RetentionSection,
    RouterSection,
    SignIn,
    StoreSection,
    TopicSection,
    WebhookSection,
    WorkSection,
)

__all__ = [
    "FILE_NAME", "AnswerSection", "ChannelSection", "ConsoleSection", "DirectorySection", "EmbedderSection",
    "ExpertsSection", "HoursSection", "HttpSection", "IndexSection", "Mode", "OidcSection", "RetentionSection",
    "RouterSection", "Section", "Settings", "SignIn", "StoreSection", "Table", "TopicSection", "WebhookSection",
    "WorkSection", "default_home", "in_force", "load", "section", "served", "starter", "write_people",
    "write_settings",
]  # fmt: skip

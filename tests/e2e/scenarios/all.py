"""All scenarios: a new file of them is named here."""

from __future__ import annotations

from tests.e2e.scenarios import asking, happening, helping
from tests.e2e.scenarios.telling import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario", "asking", "happening", "helping"]

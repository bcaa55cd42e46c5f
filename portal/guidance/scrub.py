"""What is taken out of a question before it is kept; the rule itself stands with the bot, whose check uses it too."""

from __future__ import annotations

from faq.personal import LONGEST, MASK, scrubbed

__all__ = ["LONGEST", "MASK", "scrubbed"]

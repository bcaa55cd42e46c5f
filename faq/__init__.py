"""The question bot: answers from the policy texts, quoted exactly, or an honest "I don't know"."""

from __future__ import annotations

from faq.bot import Bot, load_bot

__all__ = ["Bot", "load_bot"]

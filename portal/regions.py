"""Places for forms and pages: the register of the estimator, offered to the whole portal.

One register serves estimates, forms and the hand-off's routes, so a county is the same everywhere.
"""

from __future__ import annotations

from estimator.places import Place, ancestors, children, counties_of, place, search

__all__ = ["Place", "ancestors", "children", "counties_of", "full_name", "place", "search"]


def full_name(code: str) -> str:
    """`吉林省长春市朝阳区`, or the code itself where the register has no such place."""
    found = place(code)
    return found.full_name if found else code

"""FEEL, the expression language of DMN, over known values, intervals and what has not been told.

The subset and its semantics are described in README.md beside this file.
"""

from estimator.feel.errors import FeelNameError, FeelSyntaxError
from estimator.feel.expression import Expression, compile_expression
from estimator.feel.term import Node
from estimator.feel.values import Interval, Range, Value, has_unknown, hull, interval, to_json, to_text

__all__ = [
    "Expression",
    "FeelNameError",
    "FeelSyntaxError",
    "Interval",
    "Node",
    "Range",
    "Value",
    "compile_expression",
    "has_unknown",
    "hull",
    "interval",
    "to_json",
    "to_text",
]

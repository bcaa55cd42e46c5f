"""What the law says, as a pure computation: facts in, an estimate with reasons out; no web, no clock."""

from estimator.engine import engine_for, estimate
from estimator.errors import DataError, Defect, FactError, FactProblem
from estimator.explain import explain_rule
from estimator.model import FactSpec, Programme, Rule, Rulebook
from estimator.norms import Norm, NormRegistry, citation_label, default_norms, load_norms
from estimator.receipts import Replay, receipt, replay
from estimator.rulebook import default_rulebook, load_rulebook
from estimator.truth import UNKNOWN, Truth
from estimator.words import Sentence, Text

__all__ = [
    "UNKNOWN",
    "DataError",
    "Defect",
    "FactError",
    "FactProblem",
    "FactSpec",
    "Norm",
    "NormRegistry",
    "Programme",
    "Replay",
    "Rule",
    "Rulebook",
    "Sentence",
    "Text",
    "Truth",
    "citation_label",
    "default_norms",
    "default_rulebook",
    "engine_for",
    "estimate",
    "explain_rule",
    "load_norms",
    "load_rulebook",
    "receipt",
    "replay",
]

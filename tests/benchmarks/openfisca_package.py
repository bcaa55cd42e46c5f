"""A minimal OpenFisca package beside which the estimator is measured: dibao, low income, 特困 and phase-out of Jilin.

One household, told whole; OpenFisca knows no reasons, no intervals and nothing untold (that is 0 there).
"""

from __future__ import annotations

from typing import Any

from numpy import maximum as max_
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2024-05"
INCOMES = (
    "wage",
    "business",
    "farming",
    "property",
    "transfer",
    "pension_other",
    "support",
    "poverty_project",
)
ASSETS = ("cash", "deposits", "securities", "claims")

Person = build_entity(key="person", plural="persons", label="", is_person=True)
Household = build_entity(
    key="household",
    plural="households",
    label="",
    roles=[{"key": "member", "plural": "members", "label": ""}],
)


def _given(name: str, entity: Any, kind: type, period: Any = MONTH) -> type[Variable]:
    about = {"value_type": kind, "entity": entity, "definition_period": period, "label": name}
    return type(name, (Variable,), about)


class counted_income(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH

    def formula(person: Any, period: Any) -> Any:
        return sum(person(name, period) for name in INCOMES)


class income_total(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any) -> Any:
        return household.sum(household.members("counted_income", period))


class line_total(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        return parameters(period).dibao_standard * household.nb_persons()


class liquid_assets(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any) -> Any:
        return sum(household(name, period) for name in ASSETS)


class residence_ok(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        permit = household("residence_permit", period) * parameters(period).residence_permit_accepted
        return household("hukou_local", period) + permit


class no_labour_capacity(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH

    def formula(person: Any, period: Any) -> Any:
        age, grade = person("age", period), person("disability_grade", period)
        kind = person("disability_category", period)
        disabled = (kind <= 2) * (grade >= 1) * (grade <= 3)
        disabled = disabled + (kind == 3) * (grade >= 1) * (grade <= 2) + (kind == 4) * (grade == 1)
        return (age < 18) + (age >= 60) + disabled + (person("labour_capacity", period) == 0)


class means_ok(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        most = parameters(period).asset_months * household("line_total", period)
        return household("other_property_ok", period) * (household("liquid_assets", period) <= most)


class dibao(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any) -> Any:
        below = household("income_total", period) < household("line_total", period)
        return below * household("means_ok", period) * household("residence_ok", period)


class dibao_amount(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        gap = household("line_total", period) - household("income_total", period)
        least = parameters(period).min_topup_per_person * household.nb_persons()
        return household("dibao", period) * max_(gap, least)


class dishouru(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        income, line = household("income_total", period), household("line_total", period)
        low = (income > line) * (income < parameters(period).low_income_multiple * line)
        return low * household("means_ok", period)


class tekun(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH

    def formula(person: Any, period: Any) -> Any:
        age = person("age", period)
        group = (age >= 60) + (age < 18) + (person("disability_grade", period) >= 1)
        alone = person("no_livelihood_source", period) * person("no_capable_supporter", period)
        alone = alone * person("no_labour_capacity", period)
        return group * alone * person.household("means_ok", period)


class dibao_jiantui(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH

    def formula(household: Any, period: Any, parameters: Any) -> Any:
        disabled = household.any(household.members("disability_grade", period) >= 1)
        months = 18 + 6 * disabled
        goes_on = household("months_in_phase_out", period) < months
        return household("currently_on_dibao", period) * household("dishouru", period) * goes_on


NUMBERS = ("age", "disability_grade", "disability_category", "labour_capacity")
CATEGORIES = ("intellectual", "mental", "physical", "visual")
CAPACITIES = ("none", "partial", "full")
RESULTS = ("dibao", "dibao_amount", "dishouru", "tekun", "dibao_jiantui")


def make_system(standard: float, least: float) -> TaxBenefitSystem:
    """The rules with one local line and its minimum top-up, ready to be asked."""
    system = TaxBenefitSystem([Person, Household])
    values = {"dibao_standard": standard, "asset_months": 24, "low_income_multiple": 2}
    values |= {"min_topup_per_person": least, "residence_permit_accepted": 1}
    dated = {name: {"values": {"2021-01-01": {"value": value}}} for name, value in values.items()}
    system.parameters = ParameterNode("", data=dated)
    for name in INCOMES:
        system.add_variable(_given(name, Person, float))
    for name in NUMBERS:
        system.add_variable(_given(name, Person, int))
    for name in ("no_livelihood_source", "no_capable_supporter"):
        system.add_variable(_given(name, Person, bool))
    for name in ("hukou_local", "residence_permit", "other_property_ok", "currently_on_dibao"):
        system.add_variable(_given(name, Household, bool))
    for name in ASSETS:
        system.add_variable(_given(name, Household, float))
    system.add_variable(_given("months_in_phase_out", Household, int))
    for variable in (counted_income, income_total, line_total, liquid_assets, residence_ok, means_ok):
        system.add_variable(variable)
    for variable in (dibao, dibao_amount, dishouru, no_labour_capacity, tekun, dibao_jiantui):
        system.add_variable(variable)
    return system


def ask(system: TaxBenefitSystem, facts: dict[str, Any]) -> dict[str, Any]:
    """One household through the system; the results by name."""
    home = facts["household"]
    persons = {
        member["id"]: {
            **{name: {PERIOD: float(member["income_monthly"][name])} for name in INCOMES},
            **{
                name: {PERIOD: member[name]}
                for name in ("age", "disability_grade", "no_livelihood_source", "no_capable_supporter")
            },
            "disability_category": {PERIOD: _place(CATEGORIES, member.get("disability_category"))},
            "labour_capacity": {PERIOD: CAPACITIES.index(member["labour_capacity"])},
        }
        for member in facts["members"]
    }
    told = (
        "hukou_local",
        "residence_permit",
        "other_property_ok",
        "currently_on_dibao",
        "months_in_phase_out",
    )
    household = {
        "members": list(persons),
        **{name: {PERIOD: float(home["assets"][name])} for name in ASSETS},
        **{name: {PERIOD: home[name]} for name in told},
    }
    simulation = SimulationBuilder().build_from_entities(
        system, {"persons": persons, "households": {"h": household}}
    )
    return {name: simulation.calculate(name, PERIOD) for name in RESULTS}


def _place(words: tuple[str, ...], word: str | None) -> int:
    """The number of a word, counted from one; beyond the last for none."""
    return words.index(word) + 1 if word in words else len(words) + 1

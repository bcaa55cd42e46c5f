// Runs exported decisions in an independent FEEL engine: node run.mjs FOLDER < cases.json > results.json
// A case is {id, inputs, wanted: [[file, decision], …]}; its result {id, values: {decision: value}, warnings}.
// A decision sees only what it requires. Equal expressions over equal values are evaluated once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, unaryTest } from '@bpmn-io/feelin';
import { DmnModdle } from 'dmn-moddle';

const folder = process.argv[2];
const models = new Map();
const done = new Map();

async function load(file) {
  if (!models.has(file)) {
    const xml = readFileSync(join(folder, file), 'utf8');
    const { rootElement, warnings } = await new DmnModdle().fromXML(xml, 'dmn:Definitions');
    if (warnings.length) throw new Error(`${file}: ${warnings.map((one) => one.message).join('; ')}`);
    const decisions = rootElement.drgElement.filter((one) => one.$instanceOf('dmn:Decision'));
    models.set(file, new Map(decisions.map((one) => [one.name, one])));
  }
  return models.get(file);
}

function once(key, compute) {
  if (!done.has(key)) done.set(key, compute());
  return done.get(key);
}

class Household {
  constructor(inputs) {
    this.values = {};
    this.prints = {};
    this.warnings = new Set();
    for (const [name, value] of Object.entries(inputs)) this.keep(name, value);
    this.values.as_of = evaluate(`date("${inputs.as_of}")`, {}).value;
  }

  keep(name, value) {
    this.values[name] = value;
    this.prints[name] = JSON.stringify(value);
  }

  decide(model, name) {
    if (Object.hasOwn(this.values, name)) return;
    const decision = model.get(name);
    if (!decision) throw new Error(`no decision ${name}`);
    const needs = (decision.informationRequirement ?? []).map(({ requiredDecision, requiredInput }) => {
      if (requiredInput) return requiredInput.href.slice('#input_'.length);
      const needed = requiredDecision.href.slice('#decision_'.length);
      this.decide(model, needed);
      return needed;
    });
    const context = Object.fromEntries(needs.map((need) => [need, this.values[need]]));
    const logic = decision.decisionLogic;
    this.keep(name, logic.$instanceOf('dmn:DecisionTable')
      ? this.table(logic, context)
      : this.feel(logic.text, context));
  }

  // What an expression is evaluated over, in short: the names of the context that stand in it.
  print(text, context) {
    const words = once(`words of ${text}`, () => new Set(text.match(/\w+/g)));
    return Object.keys(context).filter((name) => words.has(name)).map((name) => this.prints[name]).join();
  }

  feel(text, context) {
    const { value, warnings } = once(`${text} over ${this.print(text, context)}`, () => evaluate(text, context));
    for (const one of warnings) this.warnings.add(`${one.type}: ${one.message} in ${text}`);
    return value;
  }

  table(logic, context) {
    const given = logic.input.map((clause) => this.feel(clause.inputExpression.text, context));
    const rule = logic.rule.find(({ inputEntry }) => inputEntry.every(({ text }, column) => {
      if (text === '-') return true;
      const value = given[column];
      const seen = `${JSON.stringify(value)} ${this.print(text, context)}`;
      return once(`${text} fits ${seen}`, () => unaryTest(text, { ...context, '?': value }).value) === true;
    }));
    if (!rule) return null;
    const values = rule.outputEntry.map(({ text }) => this.feel(text, context));
    if (logic.output.length === 1) return values[0];
    return Object.fromEntries(logic.output.map((clause, column) => [clause.name, values[column]]));
  }
}

const results = [];
for (const { id, inputs, wanted } of JSON.parse(readFileSync(0, 'utf8'))) {
  const household = new Household(inputs);
  const values = {};
  for (const [file, name] of wanted) {
    household.decide(await load(file), name);
    values[name] = household.values[name] ?? null;
  }
  results.push({ id, values, warnings: [...household.warnings] });
}
process.stdout.write(JSON.stringify(results));

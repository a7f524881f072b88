import type { TaskAdapter } from '../adapters/adapter.ts';
import { findAdapter } from '../adapters/find-adapter.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { isExpression } from '../jsonata/expression.ts';
import { limits } from '../limits.ts';
import { anyText, type Check, checkFields, type Field, integerBetween, oneOf, shown } from './check.ts';
import { checkTransitions } from './check-transitions.ts';
import { checkVariableScopes } from './check-variable-scopes.ts';
import { createReport, type Problem, type Report } from './problem.ts';
import { refusedField } from './refused-field.ts';
import { choiceRuleFields, stateFields } from './state-fields.ts';

/**
 * All that is wrong with a definition, as far as it can be told before it runs; empty if this server runs it
 * as AWS would. What AWS runs and this server does not is wrong here too.
 */
export function validateDefinition(text: string, adapters: readonly TaskAdapter[]): readonly Problem[] {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.definitionBytes)
    return [
      {
        code: 'DEFINITION_TOO_LONG',
        message: `Expected at most ${limits.definitionBytes} bytes, got ${bytes}`,
        path: '/',
      },
    ];
  let definition: Json;
  try {
    definition = JSON.parse(text);
  } catch (error) {
    return [
      {
        code: 'INVALID_JSON_DESCRIPTION',
        message: `Expected JSON: ${error instanceof Error ? error.message : error}`,
        path: '/',
      },
    ];
  }
  if (!isJsonObject(definition))
    return [
      {
        code: 'SCHEMA_VALIDATION_FAILED',
        message: `Definition must be a valid JSON object, got ${shown(definition)}`,
        path: '/',
      },
    ];
  const report = createReport();
  new DefinitionCheck(adapters, report, definition['QueryLanguage']).machine(definition);
  return report.problems;
}

/** The problems in one line, in the form of AWS's InvalidDefinition. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ code, message, path }) => `${code}: ${message} at ${path ?? '/'}`).join(', ');
}

const blockFields: Readonly<Record<string, Field>> = {
  StartAt: { check: anyText, required: true },
  States: { check: () => {}, required: true },
  Comment: { check: anyText },
};

/** Walks one definition. State names are unique over all its blocks, which is why they are kept here. */
class DefinitionCheck {
  readonly #adapters: readonly TaskAdapter[];
  readonly #report: Report;
  readonly #queryLanguage: Json | undefined;
  readonly #names = new Map<string, string>();
  readonly #fields: Record<string, Readonly<Record<string, Field>>>;

  constructor(adapters: readonly TaskAdapter[], report: Report, queryLanguage: Json | undefined) {
    this.#adapters = adapters;
    this.#report = report;
    this.#queryLanguage = queryLanguage;
    this.#fields = stateFields({
      branches: (value, path) => this.#branches(value, path),
      itemProcessor: (value, path) => this.#itemProcessor(value, path),
      choices: (value, path) => this.#choices(value, path),
    });
  }

  machine(definition: JsonObject): void {
    checkFields(definition, '', this.#report, {
      ...blockFields,
      Version: { check: oneOf('1.0') },
      QueryLanguage: { check: oneOf('JSONata', 'JSONPath') },
      TimeoutSeconds: { check: integerBetween(1, limits.timeoutSeconds) },
    });
    this.#states(definition, '');
    checkVariableScopes(definition, '', new Map(), this.#report);
  }

  #states(block: JsonObject, path: string): void {
    const states = block['States'];
    if (states === undefined) return;
    if (!isJsonObject(states) || Object.keys(states).length === 0) {
      this.#report.add(`${path}/States`, `Expected an object of at least one state, got ${shown(states)}`);
      return;
    }
    for (const [name, state] of Object.entries(states)) this.#state(name, state, `${path}/States/${name}`);
    checkTransitions(block, states, path, this.#report);
  }

  #state(name: string, state: Json, path: string): void {
    const report = this.#report;
    if (name.length > limits.nameLength || name.length === 0 || hasControlCharacter(name))
      report.add(
        path,
        `Expected a state name of 1 to ${limits.nameLength} characters, none of them a control character`,
      );
    const known = this.#names.get(name);
    if (known)
      report.add(
        path,
        `State names must be unique in the whole definition; this one is at ${known} too`,
        'DUPLICATE_STATE_NAME',
      );
    else this.#names.set(name, path);
    if (!isJsonObject(state)) {
      report.add(path, `Expected a state, an object with Type, got ${shown(state)}`);
      return;
    }
    const type = state['Type'];
    const fields =
      typeof type === 'string' && Object.hasOwn(this.#fields, type) ? this.#fields[type] : undefined;
    if (!fields) {
      report.add(
        `${path}/Type`,
        `Expected one of ${Object.keys(this.#fields).join(', ')}, got ${type === undefined ? 'nothing' : shown(type)}`,
      );
      return;
    }
    this.#language(state, path);
    checkFields(state, path, report, fields, refusedField);
    if (type === 'Task') this.#task(state, path);
    if (type === 'Wait') this.#wait(state, path);
  }

  #language(state: JsonObject, path: string): void {
    const own = state['QueryLanguage'];
    if (this.#queryLanguage === 'JSONata' && own === 'JSONPath')
      this.#report.add(
        path,
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      );
    else if ((own ?? this.#queryLanguage) !== 'JSONata')
      this.#report.add(
        `${path}/QueryLanguage`,
        "Expected 'JSONata', here or for the whole state machine; JSONPath, the default, does not run here",
      );
  }

  #task(state: JsonObject, path: string): void {
    const { Resource: resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout)
      this.#report.add(
        `${path}/HeartbeatSeconds`,
        `Expected less than TimeoutSeconds (${timeout}), got ${heartbeat}`,
      );
    if (typeof resource !== 'string') return;
    const adapter = isExpression(resource) ? undefined : findAdapter(this.#adapters, resource);
    if (!adapter) {
      this.#report.add(
        `${path}/Resource`,
        `The resource '${resource}' does not run here; expected one of ${this.#adapters.map((one) => one.resource).join(', ')}`,
      );
      return;
    }
    for (const problem of adapter.validateArguments?.(state['Arguments']) ?? [])
      this.#report.add(`${path}/Arguments${problem.path}`, problem.message);
  }

  #wait(state: JsonObject, path: string): void {
    const given = ['Seconds', 'Timestamp'].filter((field) => field in state);
    if (given.length !== 1)
      this.#report.add(
        path,
        `Expected exactly one of Seconds and Timestamp, got ${given.length === 0 ? 'neither' : 'both'}`,
      );
  }

  #choices(value: Json, path: string): void {
    if (!Array.isArray(value) || value.length === 0) {
      this.#report.add(path, `Expected a non-empty array of rules, got ${shown(value)}`);
      return;
    }
    for (const [index, rule] of value.entries()) {
      const place = `${path}[${index}]`;
      if (isJsonObject(rule)) checkFields(rule, place, this.#report, choiceRuleFields, refusedField);
      else this.#report.add(place, `Expected a rule, an object with Condition and Next, got ${shown(rule)}`);
    }
  }

  #branches(value: Json, path: string): void {
    if (!Array.isArray(value) || value.length === 0) {
      this.#report.add(path, `Expected a non-empty array of branches, got ${shown(value)}`);
      return;
    }
    for (const [index, branch] of value.entries()) this.#block(branch, `${path}[${index}]`, {});
  }

  #itemProcessor(value: Json, path: string): void {
    this.#block(value, path, { ProcessorConfig: { check: processorConfig } });
  }

  #block(value: Json, path: string, more: Readonly<Record<string, Field>>): void {
    if (!isJsonObject(value)) {
      this.#report.add(path, `Expected an object with StartAt and States, got ${shown(value)}`);
      return;
    }
    checkFields(value, path, this.#report, { ...blockFields, ...more });
    this.#states(value, path);
  }
}

const processorConfig: Check = (value, path, report) => {
  if (!isJsonObject(value)) report.add(path, `Expected an object with Mode, got ${shown(value)}`);
  else
    checkFields(
      value,
      path,
      report,
      {
        Mode: {
          check: (mode, place) => {
            if (mode !== 'INLINE')
              report.add(place, `Expected "INLINE", got ${shown(mode)}: a distributed Map does not run here`);
          },
        },
      },
      (field) =>
        field === 'ExecutionType'
          ? "Field 'ExecutionType' is not supported: it belongs to a distributed Map, which does not run here"
          : undefined,
    );
};

function hasControlCharacter(name: string): boolean {
  return /\p{Cc}/u.test(name);
}

import type { State } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Bindings, JsonType } from '../jsonata/evaluator.ts';
import { QueryFailure } from '../jsonata/failure.ts';
import { limits } from '../limits.ts';
import { contextObject, type MapItem } from './context-object.ts';
import { bytesOf, type ExecutionRun } from './execution-run.ts';
import { StateFailed } from './failure.ts';
import type { Frame, Position } from './frame.ts';

/** A state that a frame is in: what the runners of all kinds of states work on. */
export interface Visit<S extends State = State> {
  readonly run: ExecutionRun;
  readonly frame: Frame;
  readonly at: Position;
  readonly state: S;
}

/** How a state was left: `next` is absent at the end of the block. */
export interface Exit {
  readonly next?: string | undefined;
  readonly output: Json;
  readonly assigned: JsonObject;
}

/** What `$states` holds besides input and context. */
export interface Extra {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/** Evaluates a template of the state; a query that fails fails the state, after its EvaluationFailed event. */
export async function evaluate(
  visit: Visit,
  template: Json,
  field: string,
  options: { extra?: Extra; expected?: JsonType; item?: MapItem } = {},
): Promise<Json> {
  const { run, frame } = visit;
  const { evaluator } = run.world;
  const bindings = bindingsOf(visit, options.extra, options.item);
  try {
    return await run.alive(
      frame,
      options.expected
        ? evaluator.evaluateTo(options.expected, template, field, bindings)
        : evaluator.evaluate(template, field, bindings),
    );
  } catch (error) {
    if (!(error instanceof QueryFailure)) throw error;
    throw queryFailed(visit, error.message, error.field);
  }
}

/** Records EvaluationFailed and gives the failure of the state. */
export function queryFailed(visit: Visit, explanation: string, location?: string): StateFailed {
  const { run, frame, at } = visit;
  const failure = {
    error: 'States.QueryEvaluationError',
    cause: causeAt(at, explanation),
  };
  frame.cursor = run.append('EvaluationFailed', at.beforeId, {
    ...failure,
    ...(location === undefined ? {} : { location }),
    state: at.name,
  });
  at.failing = { failure, stage: at.failing ? 'catcher' : 'work' };
  run.changed(frame);
  return new StateFailed(failure);
}

/** The value of a field that has to be an integer from 0. */
export async function countOf(visit: Visit, template: Json, field: string): Promise<number> {
  const value = Number(await evaluate(visit, template, field, { expected: 'number' }));
  if (Number.isInteger(value) && value >= 0) return value;
  throw queryFailed(
    visit,
    `The value of the field '${field}' must be a non-negative integer, but was ${value}.`,
    field,
  );
}

/** The sentence with which AWS begins the causes of failures of its own. */
export function causeAt(at: Position, explanation: string): string {
  return `An error occurred while executing the state '${at.name}' (entered at the event id #${at.enteredId}). ${explanation}`;
}

/** The values that Assign and Output give: both see the variables as they were at the state's entry. */
export async function outputAndAssign(
  visit: Visit,
  fields: { Output?: Json; Assign?: JsonObject },
  defaultOutput: Json,
  extra: Extra,
  prefix = '',
): Promise<{ output: Json; assigned: JsonObject }> {
  const assigned: JsonObject = {};
  if (fields.Assign) {
    for (const [name, template] of Object.entries(fields.Assign))
      assigned[name] = await evaluate(visit, template, `${prefix}Assign/${name}`, { extra });
    checkVariables(visit, assigned);
  }
  const output =
    fields.Output === undefined
      ? defaultOutput
      : await evaluate(visit, fields.Output, `${prefix}Output`, { extra });
  return { output, assigned };
}

/** One Assign, and with it all variables of the execution, within AWS's limits (workflow-variables). */
function checkVariables({ run, frame, at }: Visit, assigned: JsonObject): void {
  const size = bytesOf(assigned);
  if (size > limits.variableBytes)
    throw new StateFailed({
      error: 'States.DataLimitExceeded',
      cause: causeAt(
        at,
        `The variables assigned take ${size} bytes, more than the ${limits.variableBytes} of one Assign.`,
      ),
    });
  const all = run.bytesWith(frame, assigned, size);
  if (all > limits.allVariablesBytes)
    throw new StateFailed({
      error: 'States.DataLimitExceeded',
      cause: causeAt(
        at,
        `All variables take ${all} bytes, more than the ${limits.allVariablesBytes} of an execution.`,
      ),
    });
}

/** AWS's words for a payload that is too big. */
export function limitCause({ at }: Visit): string {
  return `The state/task '${at.name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}

/** The text of a payload, refused with that cause beyond AWS's limit. */
export function payloadText(value: Json, cause: string): string {
  const text = JSON.stringify(value);
  // A character takes at most three bytes: most payloads need no count.
  if (text.length * 3 > limits.payloadBytes && Buffer.byteLength(text) > limits.payloadBytes)
    throw new StateFailed({ error: 'States.DataLimitExceeded', cause });
  return text;
}

/** The context is made only for an expression that reads it. */
function bindingsOf(visit: Visit, extra: Extra = {}, item?: MapItem): Bindings {
  const { run, frame, at } = visit;
  const states = {
    input: at.input,
    get context() {
      return contextObject(run, frame, at, item);
    },
    ...extra,
  };
  return { ...run.variables(frame), states };
}

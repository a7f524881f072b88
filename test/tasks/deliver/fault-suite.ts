import { type CallLog, callLog, type Moment } from '../../fakes/failing.ts';
import { merged, type RankedRow } from '../../fakes/ranked-rows.ts';
import { contract, DeliveryWorld, type Run, runOf } from './delivery-world.ts';
import type { Implementation } from './implementations.ts';

/** A run to deliver, into a table that earlier ones were delivered into, with those that are owed. */
interface Scenario {
  before: Run[];
  owed: Run[];
  run: Run;
}

export function scenario(mode: 'merge' | 'append' | 'replace'): Scenario {
  const changes = {
    contract: contract({
      write: { mode, orderBy: mode === 'merge' ? 'version' : null },
      ...(mode !== 'merge' && { key: [] }),
    }),
  };
  return {
    before: [
      runOf(
        'R1',
        [
          [1, 1, 'a', 1],
          [1, 2, 'a', 9],
          [2, 3, null, null],
        ],
        changes,
      ),
    ],
    owed: [
      runOf(
        'R2',
        [
          [1, 1, 'b', 2],
          [3, 4, 'b', 1],
        ],
        changes,
      ),
    ],
    run: runOf(
      'R3',
      [
        [1, 1, 'c', 3],
        [1, 2, 'c', 2],
        [2, 3, 'c', 1],
        [4, 5, '', 1],
      ],
      changes,
    ),
  };
}

/** Only the run, into a table that is not there yet. */
export const alone = ({ run }: Scenario): Scenario => ({ before: [], owed: [], run });

/** What the table holds when all of it is delivered. */
export const expectedRows = (...runs: Run[]): RankedRow[] =>
  sorted(runs.reduce<RankedRow[]>((table, run) => merged(run.contract, table, run.rows), []));

export const sorted = (rows: RankedRow[]): string[] & RankedRow[] =>
  rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted() as never;

/** The world of a scenario, up to where its run is to be delivered. */
export async function prepared(implementation: Implementation, { before, owed, run }: Scenario) {
  const world = new DeliveryWorld(await implementation.fresh());
  world.put(...before, ...owed, run);
  for (const one of before) await world.execute(one);
  return world;
}

export interface Case {
  /** The call of the first execution that fails. */
  call: number;
  moments: [Moment, Moment];
}

/** Every call, each failed before and after its effect, and in the second execution likewise. */
export function allCases(calls: number, pairs: [Moment, Moment][] = ALL_PAIRS): Case[] {
  return Array.from({ length: calls }, (_, call) => pairs.map((moments) => ({ call, moments }))).flat();
}

const ALL_PAIRS: [Moment, Moment][] = [
  ['before', 'before'],
  ['before', 'after'],
  ['after', 'before'],
  ['after', 'after'],
];

/** How many calls a delivery makes that nothing disturbs. */
export async function callsOf(implementation: Implementation, of: Scenario): Promise<string[]> {
  const world = await prepared(implementation, of);
  const log = callLog();
  await world.execute(of.run, of.owed, log);
  return log.calls;
}

/**
 * An execution whose call fails, a redrive in which the same call fails again if it is made, and one more redrive.
 * @returns how many of the two failures came.
 */
export async function failTwice(
  implementation: Implementation,
  of: Scenario,
  { call, moments: [first, second] }: Case,
): Promise<number> {
  const world = await prepared(implementation, of);
  let failed = '';
  let again = false;
  const failures = [
    callLog((number, name) => {
      if (number !== call) return null;
      failed = name;
      return first;
    }),
    callLog((_, name) => {
      if (again || name !== failed) return null;
      again = true;
      return second;
    }),
  ];
  let came = 0;
  for (const log of failures) came += (await succeeds(world, of, log)) ? 0 : 1;
  await world.execute(of.run, of.owed);
  await expectDelivered(world, of);
  return came;
}

/** As `failTwice`, with any call of the redrive that fails. */
export async function failAnyTwo(
  implementation: Implementation,
  of: Scenario,
  calls: [number, number],
  moments: [Moment, Moment],
): Promise<void> {
  const world = await prepared(implementation, of);
  for (const which of [0, 1] as const) {
    await succeeds(
      world,
      of,
      callLog((number) => (number === calls[which] ? moments[which] : null)),
    );
  }
  await world.execute(of.run, of.owed);
  await expectDelivered(world, of);
}

async function succeeds(world: DeliveryWorld, of: Scenario, log: CallLog): Promise<boolean> {
  try {
    await world.execute(of.run, of.owed, log);
    return true;
  } catch (error) {
    if ((error as Error).message.includes('socket hang up')) return false;
    throw error;
  }
}

export async function expectDelivered(world: DeliveryWorld, { before, owed, run }: Scenario): Promise<void> {
  expect(sorted(await world.google.rowsOf(run.contract))).toEqual(expectedRows(...before, ...owed, run));
  const runs = (await world.google.ledgerRuns(run.contract)).toSorted();
  expect(runs).toEqual([...before, ...owed, run].map(({ runId }) => runId));
}

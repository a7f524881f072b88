import type { Moment } from '../../fakes/failing.ts';
import { deliveryBehaviour } from './behaviour.ts';
import { allCases, callsOf, failAnyTwo, failTwice, scenario } from './fault-suite.ts';
import { inMemory } from './implementations.ts';
import { portBehaviour } from './port-behaviour.ts';

const implementation = inMemory();
/** Without TIDEGATE_HEAVY_TESTS=1 only a share of the combinations is tried. */
const HEAVY = process.env['TIDEGATE_HEAVY_TESTS'] === '1';

const TWO_PAIRS: [Moment, Moment][] = [
  ['before', 'after'],
  ['after', 'before'],
];

deliveryBehaviour(implementation);
portBehaviour(implementation);

test.each(['merge', 'append', 'replace'] as const)(
  'every call failed before and after its effect, twice in a row, then redriven: %s',
  async (mode) => {
    const of = scenario(mode);
    const calls = await callsOf(implementation, of);
    const cases = allCases(calls.length, HEAVY || mode === 'merge' ? undefined : TWO_PAIRS);
    let failures = 0;
    for (const one of cases) failures += await failTwice(implementation, of, one);
    expect(failures).toBeGreaterThan(cases.length);
    report(`${mode}: ${calls.length} calls, ${cases.length} combinations, ${failures} failures`);
  },
  120_000,
);

test('any call failed, and any of the redrive: merge', async () => {
  const of = scenario('merge');
  const { length } = await callsOf(implementation, of);
  let combinations = 0;
  for (let first = 0; first < length; first += 1) {
    for (let second = 0; second < length; second += HEAVY ? 1 : length) {
      for (const { moments } of allCases(1)) {
        await failAnyTwo(implementation, of, [first, (first + second) % length], moments);
        combinations += 1;
      }
    }
  }
  report(`merge: ${combinations} pairs of any two calls`);
}, 300_000);

const report = (line: string): boolean => process.stdout.write(`  ${implementation.name}: ${line}\n`);

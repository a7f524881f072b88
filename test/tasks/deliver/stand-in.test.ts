import { deliveryBehaviour } from './behaviour.ts';
import { allCases, alone, callsOf, failTwice, scenario } from './fault-suite.ts';
import { overStandIns } from './implementations.ts';
import { portBehaviour } from './port-behaviour.ts';

const implementation = overStandIns();
/** Without TIDEGATE_HEAVY_TESTS=1 only a share of the combinations is tried: each takes some executions. */
const HEAVY = process.env['TIDEGATE_HEAVY_TESTS'] === '1';

jest.setTimeout(60_000);
deliveryBehaviour(implementation);
portBehaviour(implementation);

test.each(HEAVY ? (['merge', 'append', 'replace'] as const) : (['merge'] as const))(
  'every call failed before and after its effect, twice in a row, then redriven: %s',
  async (mode) => {
    const of = HEAVY ? scenario(mode) : alone(scenario(mode));
    const calls = await callsOf(implementation, of);
    const all = HEAVY ? allCases(calls.length) : allCases(calls.length, [['after', 'before']]);
    // A call that is made again fails as it did the first time.
    const cases = HEAVY ? all : all.filter(({ call }) => calls.indexOf(calls[call] ?? '') === call);
    let failures = 0;
    for (const one of cases) failures += await failTwice(implementation, of, one);
    process.stdout.write(
      `  ${implementation.name}: ${mode}: ${calls.length} calls, ${cases.length} combinations, ${failures} failures\n`,
    );
    expect(failures).toBeGreaterThanOrEqual(cases.length);
  },
  600_000,
);

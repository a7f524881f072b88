import type { Cell } from './cell.ts';

const HEAD = `# What happens when something fails

Every state of the workflow that can fail, with every error that is declared for it, before and after its effect. Each
line was lived through: the error was made to happen in the real state machine and the real tasks over services in
memory, once and then again and again until the execution ended; then it was redriven, and what BigQuery held was
compared with a run that never failed. Written by \`make failures\`; a test holds it to the code.

- **once**: what comes of it when it happens a single time. *passes*: it is tried again, and nobody needs to know.
- **ends as**: the execution's status and error when it does not stop happening.
- **told by**: who sends the one alert. Where a Catch cannot see the end (an abort, a time limit, an error that no Catch
  takes), the rule on the execution's status calls CleanUp, and the sweep does where that event is lost.
- **redrive goes on with**: the first state of work after \`aws stepfunctions redrive-execution\`.

An error by which a service refuses a call, for its rate, its place, its right or its shape, comes before the effect only
([decision 14](decisions/0014-a-refusal-took-nothing.md)); any other may have lost an answer.

Choices, Waits and ends call nothing and so cannot fail; what their expressions read, the lint of the state machine checks.
`;

/** The failure matrix as Markdown: a table for each state, a line for all that comes to the same. */
export function describeFailures(cells: readonly Cell[]): string {
  const states = [...new Set(cells.map(({ state }) => state))];
  const sections = states.map((state) =>
    section(
      state,
      cells.filter((cell) => cell.state === state),
    ),
  );
  return `${HEAD}\n${sections.join('\n')}`;
}

function section(state: string, cells: Cell[]): string {
  const lines = new Map<string, Cell[]>();
  for (const cell of cells) {
    const ends = cell.ends === `FAILED ${cell.error}` ? 'FAILED by that name' : cell.ends;
    const text = `${cell.passes ? 'passes' : 'fails'} | ${ends} | ${cell.toldBy} | ${cell.redrive}`;
    lines.set(text, [...(lines.get(text) ?? []), cell]);
  }
  return [
    `## ${state}`,
    '',
    '| error | once | ends as | told by | redrive goes on with |',
    '| --- | --- | --- | --- | --- |',
    ...[...lines].map(([text, same]) => `| ${errorsOf(same)} | ${text} |`),
    '',
  ].join('\n');
}

/** Each error once; with its order only where before and after come to different things. */
function errorsOf(cells: Cell[]): string {
  const names = [...new Set(cells.map(({ error }) => error))];
  return names
    .map((name) => {
      const orders = cells.filter(({ error }) => error === name).map(({ when }) => when);
      const [only] = orders;
      return orders.length > 1 || !only ? name : `${name} (${only} its effect)`;
    })
    .join(', ');
}

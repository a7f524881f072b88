import { execFileSync } from 'node:child_process';
import { ROOT } from '../../local/stack/places.ts';

const make = (...args: string[]): string =>
  execFileSync('make', ['--no-print-directory', ...args], { cwd: ROOT, encoding: 'utf8' });

it('`make help` fits 80 columns', () => {
  const tooLong = make('help')
    .split('\n')
    .filter((line) => line.length > 80);
  expect(tooLong).toEqual([]);
});

it('`make up` makes the sample files that the README uploads', () => {
  const commands = make('--just-print', '--always-make', 'up');
  const samples = commands.indexOf('local/demo/samples.py .local/samples');
  expect(samples).toBeGreaterThan(-1);
  expect(commands.indexOf('local/stack/main.ts up')).toBeGreaterThan(samples);
});

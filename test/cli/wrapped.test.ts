import fc from 'fast-check';
import { wrapped } from '../../cli/wrapped.ts';

test('text is put into lines of 100 columns, word by word, and nothing of it is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,130}$/), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(words, { minLength: 1 }), (lines) => {
      const text = lines.map((line) => line.join(' ')).join('\n');
      const told = wrapped(text);
      expect(told.split(/\s/)).toEqual(text.split(/\s/));
      for (const line of told.split('\n')) expect(line.length <= 100 || !line.includes(' ')).toBe(true);
    }),
  );
});

test('a line of 100 columns stays whole', () => {
  const line = `${'a'.repeat(49)} ${'b'.repeat(50)}`;
  expect(wrapped(line)).toBe(line);
  expect(wrapped(`${line}b`)).toBe(`${line}b`.replace(' ', '\n'));
});

import { comesFromAPage } from '../../../local/http/comes-from-a-page.ts';

test.each([
  [{ host: '127.0.0.1:8080' }, false],
  [{ host: 'localhost:8080' }, false],
  [{ host: 'rebound.example:8080' }, true],
  [{ host: 'localhost.example:8080' }, true],
  [{ host: '127.0.0.1:8080', origin: 'https://elsewhere.example' }, true],
  [{ host: '127.0.0.1:8080', origin: 'null' }, true],
  [{}, true],
])('%j comes from a page: %s', (headers, expected) => {
  expect(comesFromAPage(headers)).toBe(expected);
});

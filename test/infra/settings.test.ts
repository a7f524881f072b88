import { join } from 'node:path';
import example from '../../infra/settings.example.json' with { type: 'json' };
import { parseSettings, readSettings } from '../../infra/settings.ts';
import prices from '../../tasks/plan-run/prices.json' with { type: 'json' };

const manyPrices = { ...prices, emr: { ...prices.emr, instances: Array(30).fill(prices.emr.instances[0]) } };
const withGoogle = (change: object) => ({ ...example, google: { ...example.google, ...change } });

describe('settings', () => {
  it('of the example are valid, and fill in the rest', () => {
    const file = join(import.meta.dirname, '../../infra/settings.example.json');
    expect(readSettings(file)).toMatchObject({ name: 'tidegate', zones: 3, removeDataOnDestroy: false });
  });

  it('may bring prices of their own, as many as the published ones', () => {
    expect(parseSettings({ ...example, prices }, 'my.json').prices).toEqual(prices);
  });

  it.each([
    ['a project by its number', withGoogle({ projectId: '123456' }), 'google.projectId'],
    ['a dataset with a hyphen', withGoogle({ dataset: 'my-data' }), 'google.dataset'],
    ['an address that is none', { ...example, alertEmails: ['on-call'] }, 'alertEmails[0]'],
    ['a misspelt setting', { ...example, gogle: {} }, 'gogle'],
    ['more prices than a function holds', { ...example, prices: manyPrices }, 'prices'],
    ['no settings of Google', { name: 'tidegate' }, 'google'],
    [
      'a key file instead of federation',
      withGoogle({ credentialConfig: { type: 'service_account', private_key: 'x' } }),
      'google.credentialConfig.type',
    ],
  ])('with %s are refused at their path', (_, settings, path) => {
    expect(() => parseSettings(settings, 'my.json')).toThrow(
      expect.objectContaining({ message: expect.stringContaining(path) }),
    );
    expect(() => parseSettings(settings, 'my.json')).toThrow(/my\.json/);
  });

  it('that are not there are asked for', () => {
    expect(() => readSettings('/nowhere/settings.json')).toThrow(/Copy infra\/settings\.example\.json/);
  });
});

import { sourceUris } from '../../../tasks/deliver/source-uris.ts';
import { MemoryPartStore } from '../../fakes/memory-part-store.ts';

const changesOf = (...names: string[]) => ({
  parts: names.map((name) => ({ path: `s3://b/runs/f/R/changes/${name}`, rows: 1, bytes: 1 })),
});

test('parts are loaded by their own URIs, or by their folders when a load job would not take so many', () => {
  const store = new MemoryPartStore();
  const uri = (name: string) => store.uri(`runs/f/R/changes/${name}`);
  const many = Array.from(
    { length: 10_001 },
    (_, index) => `_place=${index % 2 ? 'new' : 'update'}/${index}.parquet`,
  );
  const few = many.slice(0, 10_000);
  expect(sourceUris(changesOf(...few), store)).toEqual(few.map(uri));
  expect(sourceUris(changesOf(...many), store)).toEqual([uri('_place=update/*'), uri('_place=new/*')]);
});

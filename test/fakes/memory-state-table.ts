import {
  type Change,
  type ItemKey,
  type StateTable,
  type StoredItem,
  WriteConflict,
} from '../../tasks/core/ports.ts';

const MAX_CHANGES = 100;

/** The state table in memory. A knob makes another writer come between a read and the write that follows. */
export class MemoryStateTable implements StateTable {
  /** By partition key; in each the items in the order of their sort keys. */
  readonly #partitions = new Map<string, StoredItem[]>();
  /** Called before each write; it may write itself. */
  beforeWrite: (() => Promise<void>) | null = null;
  /** How many of the next writes take effect and then fail as if their answer were lost. */
  lostAnswers = 0;

  async get(key: ItemKey): Promise<StoredItem | null> {
    return structuredClone(this.#find(key) ?? null);
  }

  async query(
    pk: string,
    skPrefix: string,
    limit: number,
    order: 'ascending' | 'descending' = 'ascending',
  ): Promise<StoredItem[]> {
    const items = this.#partitions.get(pk) ?? [];
    const first = placeOf(items, skPrefix);
    const isBegun = ({ key }: StoredItem): boolean => key.sk.startsWith(skPrefix);
    if (order === 'ascending') return structuredClone(items.slice(first, first + limit).filter(isBegun));
    return structuredClone(items.slice(first).filter(isBegun).reverse().slice(0, limit));
  }

  /** All items of a partition, for whoever looks from outside. */
  items(pk: string): StoredItem[] {
    return [...(this.#partitions.get(pk) ?? [])];
  }

  async write(changes: Change[]): Promise<void> {
    const before = this.beforeWrite;
    this.beforeWrite = null;
    await before?.();
    const names = new Set(changes.map(({ key }) => nameOf(key)));
    if (changes.length > MAX_CHANGES || names.size < changes.length) {
      throw new Error(`a write takes up to ${MAX_CHANGES} different items, got ${changes.length}`);
    }
    for (const { key, expectedVersion } of changes) {
      const version = this.#find(key)?.version ?? null;
      if (version !== expectedVersion) throw new WriteConflict(nameOf(key));
    }
    for (const { key, item, expectedVersion } of changes) {
      const items = this.#partitions.get(key.pk) ?? [];
      this.#partitions.set(key.pk, items);
      const place = placeOf(items, key.sk);
      const isThere = items[place]?.key.sk === key.sk ? 1 : 0;
      if (item === null) items.splice(place, isThere);
      else items.splice(place, isThere, structuredClone({ key, item, version: (expectedVersion ?? 0) + 1 }));
    }
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new Error('socket hang up');
    }
  }

  #find({ pk, sk }: ItemKey): StoredItem | undefined {
    const items = this.#partitions.get(pk) ?? [];
    const found = items[placeOf(items, sk)];
    return found?.key.sk === sk ? found : undefined;
  }
}

/** Where a sort key stands among items in order, or would. */
function placeOf(items: readonly StoredItem[], sk: string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(items[middle]?.key.sk ?? '', sk) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** DynamoDB orders by the bytes of UTF-8, which is the order of the code points. */
function compare(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

const nameOf = ({ pk, sk }: ItemKey): string => `${pk}\0${sk}`;

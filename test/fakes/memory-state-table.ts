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
  /** By partition key, then by sort key. */
  readonly #partitions = new Map<string, Map<string, StoredItem>>();
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
    const sign = order === 'ascending' ? 1 : -1;
    return this.items(pk)
      .filter(({ key }) => key.sk.startsWith(skPrefix))
      .map((item) => ({ item, bytes: Buffer.from(item.key.sk) }))
      .sort((a, b) => sign * Buffer.compare(a.bytes, b.bytes))
      .slice(0, limit)
      .map(({ item }) => structuredClone(item));
  }

  /** All items of a partition, for whoever looks from outside. */
  items(pk: string): StoredItem[] {
    return [...(this.#partitions.get(pk)?.values() ?? [])];
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
      const partition = this.#partitions.get(key.pk) ?? new Map<string, StoredItem>();
      this.#partitions.set(key.pk, partition);
      if (item === null) partition.delete(key.sk);
      else partition.set(key.sk, structuredClone({ key, item, version: (expectedVersion ?? 0) + 1 }));
    }
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new Error('socket hang up');
    }
  }

  #find({ pk, sk }: ItemKey): StoredItem | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }
}

const nameOf = ({ pk, sk }: ItemKey): string => `${pk}\0${sk}`;

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type Change, type ItemKey, type StateTable, type StoredItem, WriteConflict } from '../core/ports.ts';

const CONFLICTS = new Set(['ConditionalCheckFailed', 'TransactionConflict']);

/** The state table in DynamoDB: string keys `pk` and `sk`, the content under `item`, its `version` beside it. */
export class DynamoStateTable implements StateTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(key: ItemKey): Promise<StoredItem | null> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    );
    return Item ? stored(Item) : null;
  }

  async query(
    pk: string,
    skPrefix: string,
    limit: number,
    order: 'ascending' | 'descending' = 'ascending',
  ): Promise<StoredItem[]> {
    // DynamoDB refuses an empty value for a key.
    const [condition, prefix] =
      skPrefix === '' ? ['pk = :pk', {}] : ['pk = :pk and begins_with(sk, :prefix)', { ':prefix': skPrefix }];
    const found: StoredItem[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: condition,
          ExpressionAttributeValues: { ':pk': pk, ...prefix },
          ConsistentRead: true,
          ScanIndexForward: order === 'ascending',
          Limit: limit - found.length,
          ExclusiveStartKey: from,
        }),
      );
      found.push(...(page.Items ?? []).map(stored));
      from = page.LastEvaluatedKey;
    } while (from && found.length < limit);
    return found;
  }

  async write(changes: Change[]): Promise<void> {
    try {
      await this.#client.send(
        new TransactWriteCommand({ TransactItems: changes.map((change) => this.#transactItem(change)) }),
      );
    } catch (error) {
      if (error instanceof TransactionCanceledException) {
        const reasons = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
        const failed = reasons.filter((reason) => reason !== 'None');
        if (failed.length > 0 && failed.every((reason) => CONFLICTS.has(reason))) {
          throw new WriteConflict(`items changed meanwhile: ${failed.join(', ')}`, { cause: error });
        }
      }
      throw error;
    }
  }

  #transactItem({
    key,
    item,
    expectedVersion,
  }: Change): NonNullable<TransactWriteCommandInput['TransactItems']>[0] {
    const condition =
      expectedVersion === null
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': expectedVersion },
          };
    if (item === null) return { Delete: { TableName: this.#table, Key: key, ...condition } };
    const version = (expectedVersion ?? 0) + 1;
    return { Put: { TableName: this.#table, Item: { ...key, item, version }, ...condition } };
  }
}

function stored(row: Record<string, unknown>): StoredItem {
  return {
    key: { pk: String(row['pk']), sk: String(row['sk']) },
    item: row['item'] as StoredItem['item'],
    version: Number(row['version']),
  };
}

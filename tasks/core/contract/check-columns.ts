import type { ColumnType, Contract } from '../contract.ts';
import type { ColumnDraft, Membership } from './column.ts';
import { type Place, quoted } from './place.ts';
import type { Settings } from './settings.ts';

/** Types whose equality and order Spark and BigQuery agree on: NaN is the greatest double in one, the least in the other. */
const orderable = ['string', 'integer', 'decimal', 'date', 'timestamp', 'timestamp_ntz', 'time'] as const;
const identifying = [...orderable, 'boolean'] as const;
const temporal = ['date', 'timestamp', 'timestamp_ntz'] as const;
const partitioning = [...temporal, 'string', 'integer', 'boolean'] as const;
/** BigQuery partitions by one column of time and clusters by at most four others. */
const maxClusteringColumns = 4;

type Given = {
  readonly columns: readonly ColumnDraft[];
  readonly settings: Settings;
  readonly mode: Contract['write']['mode'];
  readonly table: Place;
  readonly hasTransform: boolean;
};

/** Checks the columns against each other, the key, the partitioning, the dialect and the write mode. */
export function checkColumns({ columns, settings, mode, table, hasTransform }: Given): void {
  checkNames(columns, settings);
  checkKey(columns, mode, table, settings);
  checkPartitioning(columns);
  checkOrder(columns, settings, mode);
  for (const { column, place } of columns) {
    if (column.derived && !hasTransform) {
      place.report(
        'a transform.sql that fills a derived column',
        'Add it beside the contract, or give the column a source.',
        'none',
      );
    }
    const { unique, format, rules } = column;
    const unasked = [...(unique ? ['unique'] : []), ...(format ? ['format'] : []), ...Object.keys(rules)];
    if (column.derived && unasked.length > 0) {
      place.report(
        'no rule but required on a derived column',
        'Rules and formats are for what the CSV has: see to it in transform.sql, and remove it here.',
        unasked.join(', '),
      );
    }
  }
  if (columns.length > 0 && columns.every(({ column }) => column.derived)) {
    table.report(
      'a column that comes from the CSV',
      'At least one column must have a source.',
      'derived ones only',
    );
  }
}

/** Names of the key's or the partitioning's columns in the order of their positions, else of the text. */
export function orderedMembers(columns: readonly ColumnDraft[], of: 'key' | 'partition'): string[] {
  return columns
    .filter((draft) => draft[of] !== undefined)
    .toSorted((a, b) => (a[of]?.position ?? 0) - (b[of]?.position ?? 0))
    .map(({ column }) => column.name);
}

function checkNames(columns: readonly ColumnDraft[], settings: Settings): void {
  const names = new Map<string, string>();
  const sources = new Map<string, string>();
  for (const { column, namePlace, sourcePlace } of columns) {
    const folded = column.name.toLowerCase();
    const twin = names.get(folded);
    if (twin !== undefined) {
      namePlace.report(
        'names that differ by more than case',
        'Rename one: BigQuery and Spark do not tell them apart.',
        `${quoted(column.name)} beside ${quoted(twin)}`,
      );
    }
    names.set(folded, column.name);
    if (column.derived) continue;
    const taken = sources.get(column.source);
    if (taken !== undefined) {
      (sourcePlace ?? namePlace).report(
        'a column of the CSV for each column',
        'Name another source; copy a column in transform.sql.',
        `${quoted(column.source)}, which ${taken} is read from`,
      );
    }
    sources.set(column.source, column.name);
    if (!settings.csv.header && sourcePlace !== undefined && column.source !== column.name) {
      sourcePlace.report(
        'no source where the CSV has no header',
        'Columns go by their order then: remove it.',
      );
    }
  }
}

function checkKey(
  columns: readonly ColumnDraft[],
  mode: Contract['write']['mode'],
  table: Place,
  settings: Settings,
): void {
  const keyed = columns.filter(({ key }) => key !== undefined);
  for (const { column, place } of keyed) {
    if (!column.required) {
      place.report(
        'required: true for a column of the key',
        'Add it: a key with a gap finds no row.',
        'required: false',
      );
    }
    expectType(
      column.type,
      identifying,
      place,
      'for a column of the key',
      'NaN is not equal to itself: choose decimal(p,s).',
    );
  }
  checkPositions(
    keyed.flatMap(({ key }) => key ?? []),
    'primaryKeyPosition',
  );
  if (mode === 'merge' && keyed.length === 0) {
    (settings.places.write ?? table).report(
      'a primaryKey to merge by',
      'Write primaryKey: true at the columns that name a row, or choose append or replace.',
      'none',
    );
  }
}

function checkPartitioning(columns: readonly ColumnDraft[]): void {
  const partitioned = columns.filter(({ partition }) => partition !== undefined);
  checkPositions(
    partitioned.flatMap(({ partition }) => partition ?? []),
    'partitionKeyPosition',
  );
  let [times, others] = [0, 0];
  for (const { column, partition } of partitioned) {
    const place = partition?.place;
    if (place === undefined) continue;
    const fits = expectType(
      column.type,
      partitioning,
      place,
      'to partition by',
      'Partition by a date, or by a column of few values.',
    );
    if (!fits) continue;
    const isTime = temporal.some((kind) => kind === column.type.kind);
    times += isTime ? 1 : 0;
    others += isTime ? 0 : 1;
    if (isTime && times === 2) {
      place.report(
        'one date or timestamp to partition by',
        'BigQuery partitions by one: keep the one that queries filter by.',
        'a second one',
      );
    }
    if (!isTime && others === maxClusteringColumns + 1) {
      place.report(
        `at most ${maxClusteringColumns} columns beside the date`,
        'BigQuery clusters by no more: remove some.',
        'one more',
      );
    }
  }
}

function checkPositions(members: readonly Membership[], key: string): void {
  const numbered = members.filter(({ position }) => position !== undefined);
  if (numbered.length === 0) return;
  const seen = new Set<number>();
  for (const { position, place } of members) {
    if (position === undefined) {
      place.report(`a ${key}`, 'Number all of them or none.', 'none');
    } else if (seen.has(position)) {
      place.report('a position of its own', 'Number the columns 1, 2, 3 ...', `${position} again`);
    } else {
      seen.add(position);
    }
  }
}

function checkOrder(
  columns: readonly ColumnDraft[],
  settings: Settings,
  mode: Contract['write']['mode'],
): void {
  const place = settings.places.orderBy;
  if (place === undefined || settings.orderBy === null) return;
  if (mode !== 'merge') {
    place.report(
      'no orderBy unless the mode is merge',
      'Remove it: only a merge chooses between rows.',
      settings.orderBy,
    );
    return;
  }
  const draft = columns.find(({ column }) => column.name === settings.orderBy);
  if (draft === undefined) {
    place.choice(columns.map(({ column }) => column.name));
    return;
  }
  expectType(
    draft.column.type,
    orderable,
    place,
    'to order by',
    'Name a column whose greater value is the newer row.',
  );
}

function expectType(
  type: ColumnType,
  kinds: readonly ColumnType['kind'][],
  place: Place,
  purpose: string,
  remedy: string,
): boolean {
  const fits = kinds.includes(type.kind);
  if (!fits) place.report(`one of ${kinds.join(', ')} ${purpose}`, remedy, type.kind);
  return fits;
}

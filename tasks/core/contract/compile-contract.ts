import { type Contract, contractSchema, DATASET_NAME } from '../contract.ts';
import { checkColumns, orderedMembers } from './check-columns.ts';
import { checkRules } from './check-rules.ts';
import { checkWidth } from './check-width.ts';
import { type ColumnDraft, readColumn } from './column.ts';
import { asCustomProperty } from './custom-properties.ts';
import type { Finding } from './finding.ts';
import { type Entries, type Place, quoted, YamlText } from './place.ts';
import { type Quality, readQuality } from './quality.ts';
import { readServiceLevels } from './service-levels.ts';
import { readSettings, settingNames } from './settings.ts';

/** v3.1.0 only adds to what the others have, but for "rule", which it calls "metric". */
const apiVersions = ['v3.1.0', 'v3.0.2', 'v3.0.1', 'v3.0.0'] as const;
const contractKeys = [
  'apiVersion',
  'kind',
  'id',
  'name',
  'version',
  'status',
  'description',
  'schema',
  'slaProperties',
  'customProperties',
  // What ODCS has for people to read; nothing here depends on it.
  'tenant',
  'tags',
  'servers',
  'dataProduct',
  'domain',
  'support',
  'price',
  'team',
  'roles',
  'slaDefaultElement',
  'authoritativeDefinitions',
  'contractCreatedTs',
] as const;
const tableKeys = [
  'id',
  'name',
  'logicalType',
  'physicalType',
  'physicalName',
  'description',
  'properties',
  'quality',
  'businessName',
  'authoritativeDefinitions',
  'tags',
  'customProperties',
  'dataGranularityDescription',
  'relationships',
] as const;

/** What to compile: the texts of a dataset's folder, and the names to say in messages. */
export type ContractSource = {
  /** The folder's name. */
  readonly dataset: string;
  readonly file: string;
  readonly yaml: string;
  /** The text of `transform.sql`, or null if there is none. */
  readonly transform: string | null;
  /** The tables of other datasets, and which one writes each. */
  readonly tablesTaken: ReadonlyMap<string, string>;
};

export type Compiled =
  | { readonly contract: Contract; readonly findings: readonly [] }
  | { readonly contract: null; readonly findings: readonly Finding[] };

/** Compiles an ODCS v3 contract, or tells everything that is wrong with it, in the order of the text. */
export function compileContract(source: ContractSource): Compiled {
  const text = new YamlText(source.file, source.yaml);
  const root = text.root();
  const draft = root && readContract(root, source);
  if (draft === undefined || !text.flawless) return { contract: null, findings: text.findings() };
  return { contract: contractSchema.parse(draft), findings: [] };
}

function readContract(root: Place, source: ContractSource): Contract | undefined {
  const entries = root.entries(contractKeys, asCustomProperty(settingNames));
  entries.require('apiVersion', 'Write apiVersion: v3.1.0.')?.choice(apiVersions, 'Write v3.1.0.');
  entries.require('kind', 'Write kind: DataContract.')?.choice(['DataContract'], 'Write DataContract.');
  entries.require('status', 'Write status: active.')?.string();
  const contractId = readText(entries.require('id', 'Give the contract an id such as urn:team:table.'));
  const version = readText(entries.require('version', 'Give the contract a version such as 1.0.0.'));
  const name = entries.require('name', `Write name: ${source.dataset}.`);
  name?.choice([source.dataset], 'The contract is named after its folder: rename one of the two.');
  if (!DATASET_NAME.test(source.dataset)) {
    root.report(
      'a folder name of at most 63 of a-z, 0-9, - and _ that begins with a letter',
      'Rename the folder: it is the dataset, and the prefix of its uploads.',
      quoted(source.dataset),
    );
  }
  const description = readDescription(entries.get('description'));
  const serviceLevels = readServiceLevels(entries.get('slaProperties'));
  const settings = readSettings(entries.get('customProperties'));
  const table = readTable(entries.require('schema', 'Describe the table: schema: [{name, properties}].'));
  if (table === undefined) return undefined;
  const owner = source.tablesTaken.get(table.name);
  if (owner !== undefined) {
    table.place.report(
      'a table of its own',
      'Name the table otherwise.',
      `${table.name}, which dataset ${owner} writes`,
    );
  }

  const { columns, quality } = table;
  const mode = settings.mode ?? (columns.some(({ key }) => key !== undefined) ? 'merge' : 'append');
  checkColumns({ columns, settings, mode, table: table.place, hasTransform: source.transform !== null });
  const width = { columns: columns.map(({ column }) => column), key: orderedMembers(columns, 'key') };
  checkWidth(width, settings.deliver, table.place);
  const rowRules = [...columns.flatMap((column) => column.rowRules), ...quality.rowRules];
  checkRules({ columns, settings, rowRules, tableRules: quality.tableRules });

  return {
    formatVersion: 1,
    dataset: source.dataset,
    table: table.name,
    contractId,
    version,
    description: table.description === '' ? description : table.description,
    ...width,
    partitionBy: orderedMembers(columns, 'partition'),
    rowRules: rowRules.map(({ name: ruleName, predicate }) => ({ name: ruleName, predicate })),
    tableRules: quality.tableRules.map(({ rule }) => rule),
    csv: settings.csv,
    write: { mode, orderBy: settings.orderBy },
    unknownColumns: settings.unknownColumns,
    quarantineMaxShare: settings.quarantineMaxShare,
    engine: settings.engine,
    deliver: settings.deliver,
    export: settings.export,
    maxCostPerRunUsd: settings.maxCostPerRunUsd,
    batch: settings.batch,
    latencySeconds: serviceLevels.latencySeconds,
    ...(serviceLevels.frequencySeconds === undefined
      ? {}
      : { frequencySeconds: serviceLevels.frequencySeconds }),
    references: settings.references,
    transform: source.transform,
  };
}

type Table = {
  readonly name: string;
  readonly place: Place;
  readonly description: string;
  readonly columns: readonly ColumnDraft[];
  readonly quality: Quality;
};

function readTable(schema: Place | undefined): Table | undefined {
  const objects = schema?.items('Write a list with the one table.');
  if (schema === undefined || objects === undefined) return undefined;
  const [object, ...more] = objects;
  if (object === undefined) {
    schema.report('one table', 'Describe the table: {name, properties}.', 'none');
    return undefined;
  }
  more[0]?.report(
    'one table per contract',
    'Give the other one a folder and a contract of its own.',
    'another',
  );
  const entries = object.entries(tableKeys);
  const namePlace = entries.require('name', 'Name the table.');
  const name = namePlace && readTableName(namePlace);
  entries.get('logicalType')?.choice(['object'], 'Write object: a table is one.');
  entries.get('physicalType')?.choice(['table'], 'Write table.');
  const physicalName = entries.get('physicalName');
  if (physicalName !== undefined && name !== undefined && physicalName.string() !== name) {
    physicalName.report(`the table's name (${name})`, 'Remove it: the table is named by name.');
  }
  for (const property of entries.get('customProperties')?.items() ?? []) {
    property.report('no custom property here', 'Move it to the customProperties of the contract itself.');
  }
  const description = entries.get('description')?.string() ?? '';
  const properties = entries.require('properties', "List the table's columns.");
  const columnPlaces = properties?.items();
  if (columnPlaces?.length === 0) properties?.report('at least one column', "List the table's columns.");
  const columns = columnPlaces?.flatMap((column) => readColumn(column) ?? []) ?? [];
  const quality = readQuality(entries.get('quality'), 'table');
  // What else names columns cannot be judged without all of them.
  if (columns.length < (columnPlaces?.length ?? 1)) return undefined;
  return { name: name ?? '', place: namePlace ?? object, description, columns, quality };
}

function readTableName(place: Place): string | undefined {
  const name = place.string();
  if (name === undefined || /^[a-z][a-z0-9_]{0,127}$/.test(name)) return name;
  place.report(
    'a table name of at most 128 of a-z, 0-9 and _ that begins with a letter',
    'Rename it: Iceberg, Glue and BigQuery share the name.',
  );
  return undefined;
}

function readDescription(place: Place | undefined): string {
  if (place === undefined) return '';
  const entries: Entries<string> = place.entries([
    'purpose',
    'usage',
    'limitations',
    'authoritativeDefinitions',
    'customProperties',
  ]);
  const texts = ['purpose', 'usage', 'limitations'].map((key) => entries.get(key)?.string());
  return texts[0] ?? '';
}

function readText(place: Place | undefined): string {
  const text = place?.string();
  if (text === '') place?.report('a text that is not empty', 'Fill it in.');
  return text ?? '';
}

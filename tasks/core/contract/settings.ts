import { type Contract, DEFAULT_BATCH, MAX_BATCH_UPLOADS } from '../contract.ts';
import { readCustomProperties } from './custom-properties.ts';
import { readDialect } from './dialect.ts';
import type { Place } from './place.ts';

export const settingNames = [
  'csv',
  'write',
  'unknownColumns',
  'quarantine',
  'engine',
  'deliver',
  'export',
  'maxCostPerRunUsd',
  'batch',
  'references',
] as const;

/** What the contract's custom properties say; the write mode is null where they leave it to the key. */
export type Settings = Pick<
  Contract,
  | 'csv'
  | 'unknownColumns'
  | 'quarantineMaxShare'
  | 'engine'
  | 'deliver'
  | 'export'
  | 'maxCostPerRunUsd'
  | 'batch'
  | 'references'
> & {
  readonly mode: Contract['write']['mode'] | null;
  readonly orderBy: string | null;
  readonly places: {
    readonly nulls: Place | undefined;
    readonly write: Place | undefined;
    readonly orderBy: Place | undefined;
  };
};

/** Reads the contract's custom properties; unknown ones are reported, absent ones take their defaults. */
export function readSettings(place: Place | undefined): Settings {
  const properties = readCustomProperties(place, settingNames);
  const csv = properties.get('csv');
  const writePlace = properties.get('write');
  const write = writePlace?.entries(['mode', 'orderBy']);
  const orderByPlace = write?.get('orderBy');
  const quarantine = properties.get('quarantine')?.entries(['maxShare']);
  const exportPlace = properties.get('export');
  return {
    csv: readDialect(csv),
    mode:
      write?.require('mode', 'Write merge, append or replace.')?.choice(['merge', 'append', 'replace']) ??
      null,
    orderBy: (orderByPlace?.isNull ? undefined : orderByPlace?.string()) ?? null,
    unknownColumns: properties.get('unknownColumns')?.choice(['reject', 'ignore']) ?? 'reject',
    quarantineMaxShare:
      quarantine
        ?.require('maxShare', 'Give the share of bad rows above which a file is rejected.')
        ?.number('a share from 0 to 1', (value) => value >= 0 && value <= 1, 'Write 0.05 for 5%.') ?? 0.05,
    engine: properties.get('engine')?.choice(['auto', 'emr', 'glue']) ?? 'auto',
    deliver: properties.get('deliver')?.choice(['bigquery', 'none']) ?? 'bigquery',
    export: [...new Set(exportPlace?.items()?.flatMap((item) => item.choice(['csv']) ?? []) ?? [])],
    maxCostPerRunUsd: readMaxCost(properties.get('maxCostPerRunUsd')),
    batch: readBatch(properties.get('batch')),
    references: readReferences(properties.get('references')),
    places: { nulls: csv, write: writePlace, orderBy: orderByPlace },
  };
}

function readMaxCost(place: Place | undefined): number | null {
  if (place === undefined || place.isNull) return null;
  const isPrice = (value: number): boolean => value > 0 && Number.isFinite(value);
  return place.number('a price above 0 in US dollars', isPrice, 'Write 20, or remove it for no cap.') ?? null;
}

function readBatch(place: Place | undefined): Contract['batch'] {
  const entries = place?.entries(['maxUploads', 'maxBytes']);
  const isCount = (value: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= MAX_BATCH_UPLOADS;
  const isSize = (value: number): boolean => value > 0 && Number.isFinite(value);
  const maxUploads = entries
    ?.get('maxUploads')
    ?.number(
      `a whole number from 1 to ${MAX_BATCH_UPLOADS}`,
      isCount,
      'Write how many files one run may take.',
    );
  const maxBytes = entries
    ?.get('maxBytes')
    ?.number('a number of bytes above 0', isSize, 'Write how many bytes of files one run may take.');
  return {
    maxUploads: maxUploads ?? DEFAULT_BATCH.maxUploads,
    maxBytes: maxBytes ?? DEFAULT_BATCH.maxBytes,
  };
}

function readReferences(list: Place | undefined): Contract['references'] {
  const taken = new Set(['upload', 'existing']);
  return (list?.items() ?? []).flatMap((item) => {
    const entries = item.entries(['name', 'location', 'format']);
    const namePlace = entries.require('name', 'Name the view that transform.sql sees.');
    const name = namePlace?.string();
    const format = entries
      .require('format', 'Write csv, parquet or iceberg.')
      ?.choice(['csv', 'parquet', 'iceberg']);
    const locationPlace = entries.require('location', 'Say where in the second source bucket it is.');
    const location = locationPlace?.string();
    if (name !== undefined && !/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      namePlace?.report('a name of letters, digits and _', 'It becomes the name of a view in SQL.');
    } else if (name !== undefined && taken.has(name.toLowerCase())) {
      namePlace?.report(
        'a name of its own',
        'Choose another: upload, existing and earlier references are taken.',
      );
    }
    taken.add(name?.toLowerCase() ?? '');
    if (locationPlace !== undefined && location !== undefined && format !== undefined) {
      checkLocation(locationPlace, location, format);
    }
    if (name === undefined || location === undefined || format === undefined) return [];
    return [{ name, location, format }];
  });
}

function checkLocation(place: Place, location: string, format: 'csv' | 'parquet' | 'iceberg'): void {
  if (format === 'iceberg') {
    if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*)?$/.test(location)) {
      place.report('a table as in tidegate.airports', 'Name the Iceberg table, without the catalog.');
    }
  } else if (location === '' || /^\/|:\/\/|(^|\/)\.\.(\/|$)/.test(location)) {
    place.report(
      'a key prefix of the second source bucket',
      'Write it without bucket and leading slash, as in airports/.',
    );
  }
}

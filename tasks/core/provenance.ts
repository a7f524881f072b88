import type { TableField } from './google-ports.ts';

/** Where each row came from: the columns that Tidegate adds to the contract's. */
export const PROVENANCE: readonly TableField[] = [
  { name: '_upload_id', type: 'STRING', mode: 'REQUIRED', description: 'Upload that the row came from.' },
  {
    name: '_row',
    type: 'INT64',
    mode: 'REQUIRED',
    description: 'Line of the upload where the row begins, from 1, the header counted.',
  },
  { name: '_run_id', type: 'STRING', mode: 'REQUIRED', description: 'Run that brought it.' },
  { name: '_uploaded_at', type: 'TIMESTAMP', mode: 'REQUIRED', description: 'When the upload was created.' },
  {
    name: '_upload_order',
    type: 'STRING',
    mode: 'REQUIRED',
    description: "The upload's rank: greater is newer.",
  },
];

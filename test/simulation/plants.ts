/** A bug that somebody could write: one place of the real code, changed. */
export interface Plant {
  name: string;
  file: string;
  from: string;
  to: string;
  /** The seed of a history that finds it; should it no longer, all are tried from the first on. */
  foundBy: number;
}

/** Every one of them has to be found, or the simulation is blind there. */
export const plants: readonly Plant[] = [
  {
    name: 'a lost wake-up',
    file: 'tasks/core/state-table/end-run.ts',
    from: '  await startNext(dataset, world);\n',
    to: '',
    foundBy: 9,
  },
  {
    name: 'an alert that is never sent',
    file: 'tasks/clean-up/send-alert-once.ts',
    from: 'await notices.publish(alert.subject, alert.message);',
    to: '{}',
    foundBy: 12,
  },
  {
    name: 'a Fail state at the end',
    file: 'state-machines/ingest.asl.json',
    from: '"Next": "RedriveGate"\n    },\n    "RedriveGate": {',
    to: '"Next": "GiveUp"\n    },\n    "GiveUp": { "Type": "Fail", "Error": "{% $diagnosis.error %}" },\n    "RedriveGate": {',
    foundBy: 10,
  },
  {
    name: 'a reused job id',
    file: 'tasks/deliver/jobs.ts',
    from: 'number + 1}` };',
    to: '1}` };',
    foundBy: 1,
  },
  {
    name: 'a merge without its rank',
    file: 'tasks/adapters/merge-sql.ts',
    from: "...['_upload_order', '_upload_id', '_row', '_run_id'].map",
    to: "...['_row', '_run_id'].map",
    foundBy: 4,
  },
  {
    name: 'a catch that swallows',
    file: 'state-machines/ingest.asl.json',
    from: '"Next": "DiagnoseFailure"\n        }\n      ],\n      "Next": "Done"',
    to: '"Next": "Done"\n        }\n      ],\n      "Next": "Done"',
    foundBy: 505,
  },
  {
    name: 'a start for a dataset that is not there, taken for done',
    file: 'tasks/admit-upload/admit-upload.ts',
    from: "if (request.kind === 'waiting')",
    to: 'if (false)',
    foundBy: 37,
  },
  {
    name: 'a replay that is forgotten',
    file: 'tasks/admit-upload/queue-upload.ts',
    from: 'const wanted = record.wanted + 1;',
    to: 'const wanted = record.wanted;',
    foundBy: 46,
  },
  {
    name: 'an attempt that writes where another wrote',
    file: 'tasks/plan-run/plan-run.ts',
    from: 'attempt: run.attempt + 1, plan',
    to: 'attempt: 1, plan',
    foundBy: 213,
  },
  {
    name: 'a gate that is released before the job has stopped',
    file: 'tasks/clean-up/give-up-run.ts',
    from: 'releasesGate: stopped',
    to: 'releasesGate: true',
    foundBy: 318,
  },
  {
    name: 'a lease that is never returned',
    file: 'tasks/return-cluster/return-cluster.ts',
    from: '    else await end(cluster, world);\n',
    to: '',
    foundBy: 13,
  },
  {
    name: 'a required column that may be null',
    file: 'tasks/deliver/tables.ts',
    from: "mode: required ? 'REQUIRED' : 'NULLABLE',",
    to: "mode: 'NULLABLE',",
    foundBy: 1,
  },
  {
    name: 'an upload without its version',
    file: 'tasks/admit-upload/requested-uploads.ts',
    from: 'uploadIdOf(bucket, key, found.versionId)',
    to: "uploadIdOf(bucket, key, '')",
    foundBy: 2,
  },
];

export function findPlant(name: string): Plant {
  const found = plants.find((plant) => plant.name === name);
  if (found) return found;
  throw new Error(`No planted bug "${name}": there are ${plants.map((plant) => plant.name).join(', ')}.`);
}

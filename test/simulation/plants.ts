/** A bug that somebody could write: one place of the real code, changed. */
export interface Plant {
  name: string;
  file: string;
  from: string;
  to: string;
}

/** Every one of them has to be found, or the simulation is blind there. */
export const plants: readonly Plant[] = [
  {
    name: 'a lost wake-up',
    file: 'tasks/core/end-run.ts',
    from: '  if (ours && end.releasesGate) await startNext(dataset, world);\n',
    to: '',
  },
  {
    name: 'an alert that is never sent',
    file: 'tasks/clean-up/send-alert-once.ts',
    from: 'await notices.publish(alert.subject, alert.message);',
    to: '{}',
  },
  {
    name: 'a Fail state at the end',
    file: 'state-machines/ingest.asl.json',
    from: '"Next": "RedriveGate"\n    },\n    "RedriveGate": {',
    to: '"Next": "GiveUp"\n    },\n    "GiveUp": { "Type": "Fail", "Error": "{% $diagnosis.error %}" },\n    "RedriveGate": {',
  },
  {
    name: 'a reused job id',
    file: 'tasks/deliver/jobs.ts',
    from: 'number + 1}` };',
    to: '1}` };',
  },
  {
    name: 'a merge without its rank',
    file: 'tasks/adapters/merge-sql.ts',
    from: 'atLeast(rank(contract))} THEN UPDATE',
    to: "'TRUE'} THEN UPDATE",
  },
  {
    name: 'a catch that swallows',
    file: 'state-machines/ingest.asl.json',
    from: '"Next": "DiagnoseFailure"\n        }\n      ],\n      "Next": "Done"',
    to: '"Next": "Done"\n        }\n      ],\n      "Next": "Done"',
  },
  {
    name: 'a replay that is forgotten',
    file: 'tasks/admit-upload/queue-upload.ts',
    from: 'wanted: record.wanted + 1,',
    to: 'wanted: record.wanted,',
  },
  {
    name: 'an attempt that writes where another wrote',
    file: 'tasks/plan-run/plan-run.ts',
    from: 'attempt: run.attempt + 1, plan',
    to: 'attempt: 1, plan',
  },
  {
    name: 'a gate that is released before the job has stopped',
    file: 'tasks/clean-up/give-up-run.ts',
    from: 'releasesGate: stopped',
    to: 'releasesGate: true',
  },
  {
    name: 'a lease that is never returned',
    file: 'tasks/return-cluster/return-cluster.ts',
    from: '    else await end(cluster, world);\n',
    to: '',
  },
  {
    name: 'a cluster that nobody asks to end',
    file: 'tasks/clean-up/stop-work.ts',
    from: "if (state !== 'TERMINATING') await world.clusters.terminate(clusterId);",
    to: '',
  },
  {
    name: 'an upload without its version',
    file: 'tasks/admit-upload/requested-uploads.ts',
    from: 'uploadIdOf(bucket, key, found.versionId)',
    to: "uploadIdOf(bucket, key, '')",
  },
];

export function findPlant(name: string): Plant {
  const found = plants.find((plant) => plant.name === name);
  if (found) return found;
  throw new Error(`No planted bug "${name}": there are ${plants.map((plant) => plant.name).join(', ')}.`);
}

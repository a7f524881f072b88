/**
 * Every error name of the workflow. The code throws them, the state machine's Retry and Catch list them, the runbook
 * explains them; all read this table. Terminal: the same input fails again, a person must act. Transient: waiting helps.
 */
export const errorTable = {
  InvalidInput: {
    kind: 'Terminal',
    meaning: 'The input names something that does not exist, or has a form that Tidegate does not know.',
    hint: 'Correct what is named above, then start again with {"bucket","key"}, {"dataset"} or {"runId"}, or upload the file to the right place.',
    goesOnBy: 'another input',
  },
  ContractInvalid: {
    kind: 'Terminal',
    meaning: 'The compiled contract of the dataset cannot be read.',
    hint: 'Run `tidegate check` and deploy the datasets again, then redrive; if the run had already begun, replay it instead.',
  },
  ContractIncompatible: {
    kind: 'Terminal',
    meaning: 'The contract does not fit the existing table, or its SQL cannot be run.',
    hint: 'Fix the contract or its SQL as described above, deploy, then replay. A table accepts new nullable columns, wider decimals of the same scale, and columns that are no longer required; for any other change (another key, other partitions, a column removed) give the table another name in the contract, deploy, and load all files again: `tidegate backfill DATASET --again`.',
    goesOnBy: 'replay',
  },
  CostCapExceeded: {
    kind: 'Terminal',
    meaning: "Every plan would cost more than the contract's maxCostPerRunUsd.",
    hint: 'Raise the cap in the contract or split the file, deploy, then replay: a redrive keeps the contract that the run began with.',
    goesOnBy: 'replay',
  },
  ComputeExhausted: {
    kind: 'Terminal',
    meaning: 'The attempts of the run failed, and the price table has nothing left that would do better.',
    hint: 'See above what was tried. Split the file, allow both engines in the contract, or add machines with more memory per vCPU to the price table; deploy, then replay: a redrive would find nothing new.',
    goesOnBy: 'replay',
  },
  ClusterFailed: {
    kind: 'Terminal',
    meaning: 'The EMR cluster did not reach WAITING.',
    hint: 'Read the reason above (capacity, quota, network, roles), fix it, then redrive.',
  },
  ClusterGone: {
    kind: 'Transient',
    meaning: 'The EMR cluster ended while the step was running.',
    hint: 'Redrive: a new cluster takes over the work.',
  },
  SparkStepFailed: {
    kind: 'Terminal',
    meaning: 'The Spark job failed on EMR.',
    hint: "Read the job's own error above, fix its cause, then redrive.",
  },
  GlueJobFailed: {
    kind: 'Terminal',
    meaning: 'The Spark job failed on Glue.',
    hint: "Read the job's own error above, fix its cause, then redrive.",
  },
  OutputMismatch: {
    kind: 'Terminal',
    meaning: 'The manifest of the Spark job does not add up, or a part is missing or has the wrong size.',
    hint: 'Redrive: the next attempt writes a new folder. If it happens again, report it as a bug.',
  },
  CopyMismatch: {
    kind: 'Transient',
    meaning: 'A part arrived in Cloud Storage with a different checksum than it had when it left S3.',
    hint: 'Redrive: the part is copied again.',
  },
  LoadFailed: {
    kind: 'Terminal',
    meaning: 'BigQuery refused the load or the merge, or Cloud Storage refused its parts.',
    hint: 'Read the reason above, fix it (permissions, schema, quota, bucket), then redrive: Spark does not run again. Only if a part itself is damaged, start over: that writes it again.',
  },
  TableGone: {
    kind: 'Terminal',
    meaning: "The dataset's table was deleted from BigQuery, but its ledger was not.",
    hint: 'Restore the table from the past (`bq cp BIGQUERY_DATASET.TABLE@-3600000 BIGQUERY_DATASET.TABLE`: as it was an hour ago; up to 7 days back), then redrive. To begin with a new table instead, delete its ledger (TABLE__ledger) too, redrive, and load all files again: `tidegate backfill DATASET --again`.',
  },
  DeliveryMismatch: {
    kind: 'Terminal',
    meaning: 'The rows in BigQuery do not match those of the change set; the merge was rolled back.',
    hint: 'Inspect the staging table named above, then redrive.',
  },
  PermissionMissing: {
    kind: 'Terminal',
    meaning: 'A service refused a call because a permission is missing.',
    hint: 'Grant the permission named above (a deployment grants all that are needed), then redrive.',
  },
  CapacityMissing: {
    kind: 'Transient',
    meaning: 'AWS has no capacity of the planned kind right now.',
    hint: 'Redrive in a few minutes; if it happens again, allow more zones or another engine.',
  },
  QuotaExceeded: {
    kind: 'Terminal',
    meaning: 'A quota of the account is used up.',
    hint: 'Request a higher quota from the service named above, or wait until less is running at once, then redrive.',
  },
  ExecutionAborted: {
    kind: 'Terminal',
    meaning: 'Somebody stopped the execution.',
    hint: 'Redrive it to resume where it stopped. If it was stopped on purpose, you need do nothing, but its uploads are not loaded until it is redriven or they are replayed.',
  },
  ExecutionTimedOut: {
    kind: 'Terminal',
    meaning: 'The execution took longer than its overall time limit.',
    hint: 'See what it was waiting for, then redrive.',
  },
  StageTimedOut: {
    kind: 'Terminal',
    meaning: 'A stage took longer than its limit.',
    hint: 'See what it was waiting for, then redrive.',
  },
  UnexpectedFailure: {
    kind: 'Terminal',
    meaning: 'Something failed that Tidegate has no name for.',
    hint: 'Read the cause above, then redrive.',
  },
  ServiceUnavailable: {
    kind: 'Transient',
    meaning: 'A service could not be reached, or asked Tidegate to wait.',
    hint: 'Redrive in a few minutes.',
  },
} as const satisfies Record<string, ErrorEntry>;

export interface ErrorEntry {
  kind: 'Terminal' | 'Transient';
  meaning: string;
  hint: string;
  /** What leads on, where the same run would fail again: a new one by what is deployed now, or with another input. */
  goesOnBy?: 'replay' | 'another input';
}

export type ErrorName = keyof typeof errorTable;

/**
 * An error under a name of the table; Lambda reports `name` as the error's name to Step Functions.
 * The message says what was expected, what came, where, and what to do.
 */
export class TidegateError extends Error {
  override readonly name: ErrorName;
  constructor(name: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

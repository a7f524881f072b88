/**
 * Every error name of the workflow. The code throws them, the state machine's Retry and Catch list them, the runbook
 * explains them; all read this table. Terminal: the same input fails again, a person must act. Transient: waiting helps.
 */
export const errorTable = {
  InvalidInput: {
    kind: 'Terminal',
    meaning: 'It was asked for something that is not there, or in a form that is not known.',
    hint: 'Correct what is named above, then start again with {"bucket","key"}, {"dataset"} or {"runId"}, or put the file where it belongs.',
    goesOnBy: 'another input',
  },
  ContractInvalid: {
    kind: 'Terminal',
    meaning: 'The compiled contract of the dataset cannot be read.',
    hint: 'Run `tidegate check` and deploy the datasets again, then redrive; a run that had begun is replayed.',
  },
  ContractIncompatible: {
    kind: 'Terminal',
    meaning: 'The contract contradicts the table that is there, or its SQL cannot be run.',
    hint: 'Mend the contract or its SQL as is told above, deploy, then replay. A table takes new nullable columns, wider decimals of the same scale and columns that are no longer required; for anything else (another key, other partitions, a column less) give the table another name in the contract, deploy, and load all files again: `tidegate backfill DATASET --again`.',
    goesOnBy: 'replay',
  },
  CostCapExceeded: {
    kind: 'Terminal',
    meaning: "Every plan would cost more than the contract's maxCostPerRunUsd.",
    hint: 'Raise the cap in the contract or split the file, deploy, then replay: a redrive keeps the contract it began with.',
    goesOnBy: 'replay',
  },
  ComputeExhausted: {
    kind: 'Terminal',
    meaning: 'Attempts of the run failed, and the price table has nothing left that would do better.',
    hint: 'Read above what was tried. Split the file, allow both engines in the contract, or add machines with more memory for a vCPU to the price table; deploy, then replay: a redrive would find nothing else.',
    goesOnBy: 'replay',
  },
  ClusterFailed: {
    kind: 'Terminal',
    meaning: 'The EMR cluster did not reach WAITING.',
    hint: 'Read the reason above (capacity, quota, network, roles), mend it, then redrive.',
  },
  ClusterGone: {
    kind: 'Transient',
    meaning: 'The EMR cluster ended under the step.',
    hint: 'Redrive: a new cluster takes the work.',
  },
  SparkStepFailed: {
    kind: 'Terminal',
    meaning: 'The Spark job failed on EMR.',
    hint: "Read the job's own error above, mend its cause, then redrive.",
  },
  GlueJobFailed: {
    kind: 'Terminal',
    meaning: 'The Spark job failed on Glue.',
    hint: "Read the job's own error above, mend its cause, then redrive.",
  },
  OutputMismatch: {
    kind: 'Terminal',
    meaning: 'The manifest of the Spark job does not add up or a part is not there with its size.',
    hint: 'Redrive: the next attempt writes a new folder. If it repeats, report it as a bug.',
  },
  CopyMismatch: {
    kind: 'Transient',
    meaning: 'A part arrived in Cloud Storage with another checksum than it left S3 with.',
    hint: 'Redrive: the part is copied again.',
  },
  LoadFailed: {
    kind: 'Terminal',
    meaning: 'BigQuery refused the load or the merge, or Cloud Storage the parts of it.',
    hint: 'Read the reason above, mend it (permissions, schema, quota, bucket), then redrive: Spark does not run again. Only where a part itself is damaged, start again from the start: that writes it anew.',
  },
  TableGone: {
    kind: 'Terminal',
    meaning: "The dataset's table was deleted from BigQuery, and its ledger was not.",
    hint: 'Copy the table back from before (`bq cp BIGQUERY_DATASET.TABLE@-3600000 BIGQUERY_DATASET.TABLE`: as it was an hour ago, up to 7 days back), then redrive. To begin anew instead, delete its ledger (TABLE__ledger), too, redrive, and load all files again: `tidegate backfill DATASET --again`.',
  },
  DeliveryMismatch: {
    kind: 'Terminal',
    meaning: 'The rows in BigQuery are not the rows of the change set; the merge was rolled back.',
    hint: 'Look into the staging table named above, then redrive.',
  },
  PermissionMissing: {
    kind: 'Terminal',
    meaning: 'A service refused a call for want of a permission.',
    hint: 'Grant the permission named above (a deployment sets all that are needed), then redrive.',
  },
  CapacityMissing: {
    kind: 'Transient',
    meaning: 'AWS has no capacity of the planned kind just now.',
    hint: 'Redrive in some minutes; if it repeats, allow more zones or another engine.',
  },
  QuotaExceeded: {
    kind: 'Terminal',
    meaning: 'A quota of the account is used up.',
    hint: 'Ask the service named above for a higher quota, or wait until less runs at once, then redrive.',
  },
  ExecutionAborted: {
    kind: 'Terminal',
    meaning: 'Somebody stopped the execution.',
    hint: 'Redrive it to go on from there. If it was stopped on purpose, nothing need be done but this: its uploads are not loaded until it is redriven or they are replayed.',
  },
  ExecutionTimedOut: {
    kind: 'Terminal',
    meaning: 'The execution took longer than the whole of it may.',
    hint: 'Look at what it waited for, then redrive.',
  },
  StageTimedOut: {
    kind: 'Terminal',
    meaning: 'A stage took longer than its limit.',
    hint: 'Look at what it waited for, then redrive.',
  },
  UnexpectedFailure: {
    kind: 'Terminal',
    meaning: 'Something failed that Tidegate has no name for.',
    hint: 'Read the cause above, then redrive.',
  },
  ServiceUnavailable: {
    kind: 'Transient',
    meaning: 'A service could not be reached or asked to wait.',
    hint: 'Redrive in some minutes.',
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

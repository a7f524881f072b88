/** The environment of the functions, set before a handler is loaded. */
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
  TIDEGATE_SOURCE_BUCKET: 'source',
  TIDEGATE_LAKE_BUCKET: 'lake',
  TIDEGATE_DESTINATION_BUCKET: 'destination',
  TIDEGATE_ARTIFACTS_BUCKET: 'artifacts',
  TIDEGATE_STATE_TABLE: 'state',
  TIDEGATE_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alerts',
  TIDEGATE_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:ingest',
  TIDEGATE_GLUE_JOB: 'tidegate',
});

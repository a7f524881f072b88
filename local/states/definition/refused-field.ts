const pathFields = new Set([
  'InputPath',
  'OutputPath',
  'Parameters',
  'Result',
  'ResultPath',
  'ResultSelector',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'ErrorPath',
  'CausePath',
  'MaxConcurrencyPath',
  'Variable',
  'And',
  'Or',
  'Not',
]);

const distributedFields = new Set([
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailurePercentage',
  'ToleratedFailureCount',
  'ToleratedFailurePercentagePath',
  'ToleratedFailureCountPath',
  'Label',
]);

/** The refusal of a field that AWS knows elsewhere; undefined for one that nobody knows. */
export function refusedField(field: string): string | undefined {
  if (pathFields.has(field))
    return `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`;
  if (distributedFields.has(field))
    return `Field '${field}' is not supported: it belongs to a distributed Map, which does not run here`;
  if (field === 'Iterator') return "Field 'Iterator' is not supported: it is the old name of ItemProcessor";
  if (field === 'Credentials')
    return "Field 'Credentials' is not supported: roles of other accounts do not exist here";
  return undefined;
}

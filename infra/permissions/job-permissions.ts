import type { Grant } from './grant.ts';
import type { Places } from './places.ts';

/** The Glue database that is the Iceberg namespace of every dataset's table. */
export const NAMESPACE = 'tidegate';

const KEYS = 'The keys under a prefix have their names only at run time.';

/** What the Spark job does, on EMR and on Glue alike. No Google credential is ever near it. */
export function jobPermissions(at: Places): Grant[] {
  const catalog = `arn:${at.partition}:glue:${at.region}:${at.account}`;
  return [
    {
      actions: ['s3:ListBucket', 's3:GetBucketLocation'],
      resources: [at.lakeBucket, at.destinationBucket, at.artifactsBucket],
    },
    // The committers of Spark on S3 look for uploads that failed tasks left open, and abort them.
    { actions: ['s3:ListBucketMultipartUploads'], resources: [at.lakeBucket, at.destinationBucket] },
    { actions: ['s3:GetObject'], resources: [`${at.artifactsBucket}/spark/*`], wildcard: KEYS },
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: [
        `${at.destinationBucket}/runs/*`,
        `${at.destinationBucket}/exports/*`,
        `${at.lakeBucket}/warehouse/*`,
      ],
      wildcard: KEYS,
    },
    // Reference data: all of the lake may be read, the warehouse alone is written.
    { actions: ['s3:GetObject'], resources: [`${at.lakeBucket}/*`], wildcard: KEYS },
    {
      actions: [
        'glue:GetDatabase',
        'glue:GetTable',
        'glue:GetTables',
        'glue:CreateTable',
        'glue:UpdateTable',
      ],
      resources: [
        `${catalog}:catalog`,
        `${catalog}:database/${NAMESPACE}`,
        `${catalog}:table/${NAMESPACE}/*`,
      ],
      wildcard: 'Each dataset has a table of its own.',
    },
  ];
}

/** Clusters push their logs themselves. */
export const clusterLogPermissions = ({ artifactsBucket }: Places): Grant[] => [
  { actions: ['s3:PutObject'], resources: [`${artifactsBucket}/emr-logs/*`], wildcard: KEYS },
];

/** Glue writes the job's output and metrics under names that it fixes itself. */
export const glueLogPermissions = ({ partition, region, account }: Places): Grant[] => [
  {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [`arn:${partition}:logs:${region}:${account}:log-group:/aws-glue/*`],
    wildcard: 'Glue names its log groups itself.',
  },
  {
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    wildcard: 'PutMetricData knows no resource; the condition keeps to the namespace of Glue.',
    conditions: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
  },
];

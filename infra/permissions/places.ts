/** The ARNs that the permission tables speak of; of buckets the bucket itself, without `/*`. */
export interface Places {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly sourceBucket: string;
  readonly lakeBucket: string;
  readonly destinationBucket: string;
  readonly artifactsBucket: string;
  readonly stateTable: string;
  readonly topic: string;
  readonly stateMachine: string;
  readonly glueJob: string;
  readonly emrServiceRole: string;
  readonly emrInstanceRole: string;
}

/** The tag that the state CreateCluster gives every cluster, and that EMR's managed policies ask for. */
export const EMR_MANAGED_TAG = 'for-use-with-amazon-emr-managed-policies';

import { EMRClient } from '@aws-sdk/client-emr';
import { awsClientSettings } from './aws-client.ts';
import { EmrClusters } from './emr-clusters.ts';

export const emrClusters = (): EmrClusters => new EmrClusters(new EMRClient(awsClientSettings));

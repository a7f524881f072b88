import { s3ObjectStore } from '../tasks/adapters/world.ts';
import { deployedContractKey } from '../tasks/core/folders/folders.ts';
import type { ObjectRef } from '../tasks/core/ports.ts';
import { CommandFailure } from './command-failure.ts';
import { variable } from './deployment.ts';

/** Where the compiled contract of a dataset is. @throws CommandFailure when the dataset is not deployed. */
export async function deployedContract(dataset: string): Promise<ObjectRef> {
  const bucket = variable('TIDEGATE_ARTIFACTS_BUCKET', 'ArtifactsBucket');
  const ref = { bucket, key: deployedContractKey(dataset) };
  if (await s3ObjectStore().head(ref)) return ref;
  throw new CommandFailure(
    `No dataset "${dataset}" is deployed: there is no s3://${bucket}/${ref.key}. Check the name, or deploy its contract.`,
  );
}

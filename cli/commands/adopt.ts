import { parseArgs } from 'node:util';
import { GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { awsClientSettings } from '../../tasks/adapters/aws-client.ts';
import { CommandFailure } from '../command-failure.ts';
import { variable } from '../deployment.ts';
import type { Command } from './commands.ts';

export const adopt: Command = {
  synopsis: 'DATASET PREFIX [--format parquet|csv]',
  summary: 'bring pre-existing data into the table of a dataset',
  help: `Starts the Glue job that merges the Parquet (or CSV) files right under PREFIX of the second source bucket into the
Iceberg table of DATASET, and prints the id of its run. Uploads outrank what was adopted. The files must keep the
contract that is deployed: if a row does not, nothing is adopted and the job's run says why.`,
  async run(args) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: 'string', default: 'parquet' } },
    });
    const [dataset, prefix] = positionals;
    if (!dataset || !prefix) throw new CommandFailure('expected DATASET and PREFIX, found fewer.');
    if (values.format !== 'parquet' && values.format !== 'csv') {
      throw new CommandFailure(`expected --format parquet or csv, found ${values.format}.`);
    }
    const lake = variable('TIDEGATE_LAKE_BUCKET', 'LakeBucket');
    const artifacts = variable('TIDEGATE_ARTIFACTS_BUCKET', 'ArtifactsBucket');
    const { JobRunId } = await new GlueClient(awsClientSettings).send(
      new StartJobRunCommand({
        JobName: variable('TIDEGATE_MAINTENANCE_JOB', 'MaintenanceJob'),
        Arguments: {
          '--adopt': `s3://${lake}/${prefix.replace(/^\/+|\/+$/g, '')}`,
          '--contract': `s3://${artifacts}/datasets/${dataset}/contract.json`,
          '--format': values.format,
        },
      }),
    );
    process.stdout.write(`${JobRunId}\n`);
    return 0;
  },
};

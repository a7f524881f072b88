import { contractOf } from '../fakes/samples.ts';
import { failingIn } from './failing-once.ts';
import { workflowWorld } from './world.ts';

const lambdaCause = JSON.stringify({ errorType: 'Error', errorMessage: 'the disk is on fire', trace: [] });

test.each([
  ['AdmitUpload', 'auto', 'UnexpectedFailure'],
  ['PinInput', 'auto', 'UnexpectedFailure'],
  ['PlanRun', 'auto', 'UnexpectedFailure'],
  ['LeaseCluster', 'emr', 'UnexpectedFailure'],
  ['CreateCluster', 'emr', 'ClusterFailed'],
  ['RunSparkStep', 'emr', 'SparkStepFailed'],
  ['ReturnCluster', 'emr', 'UnexpectedFailure'],
  ['RunGlueJob', 'glue', 'GlueJobFailed'],
  ['VerifyOutput', 'auto', 'UnexpectedFailure'],
  ['CopyBatch', 'auto', 'UnexpectedFailure'],
  ['Deliver', 'auto', 'UnexpectedFailure'],
  ['LeaveGate', 'auto', 'UnexpectedFailure'],
] as const)(
  'a run that failed in %s is told, cleaned up, and redriven to its end',
  async (state, engine, error) => {
    const world = workflowWorld({
      contracts: [contractOf({ engine })],
      adapters: failingIn(state, 'Error', lambdaCause),
    });
    const failed = await world.run(world.upload('flights/a.csv', 'id,note\n1,x\n'), 'e1');
    expect(failed.record).toMatchObject({ status: 'FAILED', error });
    expect(failed.states.slice(-4)).toEqual(['ClusterGone?', 'Alert', 'CleanUp', 'RedriveGate']);
    expect(world.notices.published).toEqual([
      {
        subject: expect.stringContaining(error),
        message: expect.stringContaining(`--execution-arn ${failed.record.arn}\n`),
      },
    ]);
    expect(world.notices.published[0]?.message).toContain('the disk is on fire');

    const redriven = await world.redrive(failed.record.arn);
    expect(redriven.record).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.rowsOf('flights').map(({ id, note }) => [id, note])).toEqual([[1, 'x']]);
    expect(world.notices.published).toHaveLength(1);
  },
);

import type * as z from 'zod';
import { admitUpload } from '../../tasks/admit-upload/admit-upload.ts';
import { inputSchema as admitUploadInput } from '../../tasks/admit-upload/input.ts';
import { cleanUp } from '../../tasks/clean-up/clean-up.ts';
import { inputSchema as cleanUpInput } from '../../tasks/clean-up/input.ts';
import { copyParts } from '../../tasks/copy-parts/copy-parts.ts';
import { inputSchema as copyPartsInput } from '../../tasks/copy-parts/input.ts';
import type { PartStore, Warehouse } from '../../tasks/core/google-ports.ts';
import { parseInput } from '../../tasks/core/parse-input.ts';
import type {
  BackOff,
  Clock,
  Clusters,
  Executions,
  JobRuns,
  Notices,
  ObjectStore,
  StateTable,
} from '../../tasks/core/ports.ts';
import { deliver } from '../../tasks/deliver/deliver.ts';
import { inputSchema as deliverInput } from '../../tasks/deliver/input.ts';
import { diagnoseFailure } from '../../tasks/diagnose-failure/diagnose-failure.ts';
import { inputSchema as diagnoseFailureInput } from '../../tasks/diagnose-failure/input.ts';
import type { FunctionName } from '../../tasks/functions.ts';
import { inputSchema as leaseClusterInput } from '../../tasks/lease-cluster/input.ts';
import { leaseCluster } from '../../tasks/lease-cluster/lease-cluster.ts';
import { inputSchema as leaveGateInput } from '../../tasks/leave-gate/input.ts';
import { leaveGate } from '../../tasks/leave-gate/leave-gate.ts';
import { inputSchema as pinInputInput } from '../../tasks/pin-input/input.ts';
import { pinInput } from '../../tasks/pin-input/pin-input.ts';
import { inputSchema as planRunInput } from '../../tasks/plan-run/input.ts';
import { planRun } from '../../tasks/plan-run/plan-run.ts';
import type { Prices } from '../../tasks/plan-run/prices.ts';
import { inputSchema as redriveGateInput } from '../../tasks/redrive-gate/input.ts';
import { redriveGate } from '../../tasks/redrive-gate/redrive-gate.ts';
import { inputSchema as returnClusterInput } from '../../tasks/return-cluster/input.ts';
import { returnCluster } from '../../tasks/return-cluster/return-cluster.ts';
import { inputSchema as verifyOutputInput } from '../../tasks/verify-output/input.ts';
import { verifyOutput } from '../../tasks/verify-output/verify-output.ts';

/** Every port of the tasks, under the name that the tasks' worlds have for it. */
export interface Ports {
  objects: ObjectStore;
  table: StateTable;
  executions: Executions;
  clusters: Clusters;
  jobRuns: JobRuns;
  notices: Notices;
  parts: PartStore;
  warehouse: Warehouse;
  clock: Clock;
  backOff: BackOff;
  pause(seconds: number): Promise<void>;
}

/** The settings that the deployment gives the functions by their environment. */
export interface Settings {
  sourceBucket: string;
  lakeBucket: string;
  destinationBucket: string;
  artifactsBucket: string;
  stateMachineArn: string;
  glueJob: string;
  datasetName: string;
  stagingDatasetName: string;
  emrRelease: string;
  leastJobSeconds: number;
  prices: Prices;
}

export type Functions = Record<FunctionName, (payload: unknown) => Promise<unknown>>;

/** The real task code over any ports, each task behind the schema of its input as in its handler. */
export function functionsOver(ports: Ports, settings: Settings): Functions {
  const world = { ...ports, ...settings };
  const task =
    <S extends z.ZodType>(schema: S, act: (input: z.output<S>) => unknown) =>
    async (payload: unknown): Promise<unknown> =>
      act(parseInput(schema, payload, 'The input'));
  return {
    AdmitUpload: task(admitUploadInput, ({ input, execution }) => admitUpload(input, execution, world)),
    PinInput: task(pinInputInput, (input) => pinInput(input, world)),
    PlanRun: task(planRunInput, (input) => planRun(input, world)),
    LeaseCluster: task(leaseClusterInput, (input) => leaseCluster(input, world)),
    ReturnCluster: task(returnClusterInput, (input) => returnCluster(input, world)),
    VerifyOutput: task(verifyOutputInput, (input) => verifyOutput(input, world)),
    CopyParts: task(copyPartsInput, (input) => copyParts(input, world)),
    Deliver: task(deliverInput, (input) => deliver(input, world)),
    LeaveGate: task(leaveGateInput, (input) => leaveGate(input, world)),
    DiagnoseFailure: task(diagnoseFailureInput, (input) => diagnoseFailure(input, world)),
    CleanUp: task(cleanUpInput, (input) => cleanUp(input, world)),
    RedriveGate: task(redriveGateInput, redriveGate),
  };
}

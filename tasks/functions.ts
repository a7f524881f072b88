export interface FunctionEntry {
  folder: string;
  timeoutSeconds: number;
  memoryMiB: number;
  /** Options of Node in the function's environment. */
  nodeOptions?: string;
}

/**
 * The Lambda functions, one per folder of `tasks/`. `infra` deploys them and `local` runs them from this table; the
 * keys are also the names that `state-machines/ingest.asl.json` substitutes: `${AdmitUpload}` is the function's ARN.
 */
export const functionTable = {
  AdmitUpload: { folder: 'admit-upload', timeoutSeconds: 60, memoryMiB: 512 },
  PinInput: { folder: 'pin-input', timeoutSeconds: 600, memoryMiB: 512 },
  PlanRun: { folder: 'plan-run', timeoutSeconds: 60, memoryMiB: 1024 },
  LeaseCluster: { folder: 'lease-cluster', timeoutSeconds: 60, memoryMiB: 512 },
  ReturnCluster: { folder: 'return-cluster', timeoutSeconds: 60, memoryMiB: 512 },
  VerifyOutput: { folder: 'verify-output', timeoutSeconds: 120, memoryMiB: 512 },
  CopyParts: {
    folder: 'copy-parts',
    timeoutSeconds: 900,
    memoryMiB: 1769,
    // Bytes that have passed are freed by many small collections instead of few that go through the whole heap.
    nodeOptions: '--max-semi-space-size=1',
  },
  Deliver: { folder: 'deliver', timeoutSeconds: 60, memoryMiB: 512 },
  LeaveGate: { folder: 'leave-gate', timeoutSeconds: 60, memoryMiB: 512 },
  DiagnoseFailure: { folder: 'diagnose-failure', timeoutSeconds: 60, memoryMiB: 512 },
  CleanUp: { folder: 'clean-up', timeoutSeconds: 480, memoryMiB: 512 },
  RedriveGate: { folder: 'redrive-gate', timeoutSeconds: 30, memoryMiB: 512 },
} as const satisfies Record<string, FunctionEntry>;

export type FunctionName = keyof typeof functionTable;

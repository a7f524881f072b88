import { getExecutionHistory } from './execution-history.ts';
import {
  describeExecution,
  describeStateMachineForExecution,
  listExecutions,
  startExecution,
  stopExecution,
} from './executions.ts';
import { redriveExecution } from './redrive-execution.ts';
import type { Call } from './service.ts';
import {
  createStateMachine,
  deleteStateMachine,
  describeStateMachine,
  listStateMachines,
  updateStateMachine,
  validateStateMachineDefinition,
} from './state-machines.ts';

/** The calls that this server answers, by their names in X-Amz-Target. */
export const calls: Readonly<Record<string, Call>> = {
  CreateStateMachine: createStateMachine,
  UpdateStateMachine: updateStateMachine,
  DescribeStateMachine: describeStateMachine,
  DescribeStateMachineForExecution: describeStateMachineForExecution,
  DeleteStateMachine: deleteStateMachine,
  ListStateMachines: listStateMachines,
  ValidateStateMachineDefinition: validateStateMachineDefinition,
  StartExecution: startExecution,
  StopExecution: stopExecution,
  DescribeExecution: describeExecution,
  ListExecutions: listExecutions,
  GetExecutionHistory: getExecutionHistory,
  RedriveExecution: redriveExecution,
};

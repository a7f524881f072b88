import { WorkerType } from '@aws-sdk/client-glue';
import * as z from 'zod';
import { type Operation, operation, ServiceError } from '../../http/aws-json.ts';
import type { GlueEngine } from './glue-engine.ts';
import { isOver, type Job, type JobRun } from './job-run.ts';

const texts = z.record(z.string(), z.string());

/** A week at most. */
const timeoutMinutes = z.int().min(1).max(10_080);

const jobFields = z.object({
  Role: z.string(),
  Description: z.string().default(''),
  Command: z.object({
    Name: z.string().default('glueetl'),
    ScriptLocation: z.string(),
    PythonVersion: z.string().default('3'),
  }),
  DefaultArguments: texts.default({}),
  ExecutionProperty: z.object({ MaxConcurrentRuns: z.int().min(1).default(1) }).optional(),
  // Glue's own default, from version 5.0 on.
  Timeout: timeoutMinutes.default(480),
  GlueVersion: z.string().default('6.0'),
  WorkerType: z.enum(WorkerType).default('G.1X'),
  NumberOfWorkers: z.int().min(1).default(2),
});

const startJobRun = z.object({
  JobName: z.string(),
  JobRunId: z.string().optional(),
  Arguments: texts.optional(),
  Timeout: timeoutMinutes.optional(),
  WorkerType: z.enum(WorkerType).optional(),
  NumberOfWorkers: z.int().min(1).optional(),
});

/** Glue's jobs and job runs on the engine, by operation. */
export function glueOperations(engine: GlueEngine): Record<string, Operation> {
  return {
    CreateJob: operation(jobFields.extend({ Name: z.string() }), (input) => ({
      Name: engine.createJob(jobOf(input.Name, input)).name,
    })),
    UpdateJob: operation(z.object({ JobName: z.string(), JobUpdate: jobFields }), (input) => ({
      JobName: engine.updateJob(jobOf(input.JobName, input.JobUpdate)).name,
    })),
    GetJob: operation(z.object({ JobName: z.string() }), ({ JobName }) => ({
      Job: describeJob(engine.job(JobName)),
    })),
    GetJobs: operation(z.object({}), () => ({ Jobs: engine.jobs().map(describeJob) })),
    StartJobRun: operation(startJobRun, (input) => ({
      JobRunId: engine.startRun(input.JobName, {
        ...(input.JobRunId === undefined ? {} : { id: input.JobRunId }),
        ...(input.Arguments === undefined ? {} : { arguments: input.Arguments }),
        ...(input.WorkerType === undefined ? {} : { workerType: input.WorkerType }),
        ...(input.NumberOfWorkers === undefined ? {} : { numberOfWorkers: input.NumberOfWorkers }),
        ...(input.Timeout === undefined ? {} : { timeoutMinutes: input.Timeout }),
      }).id,
    })),
    GetJobRun: operation(z.object({ JobName: z.string(), RunId: z.string() }), ({ JobName, RunId }) => ({
      JobRun: describeJobRun(engine.run(JobName, RunId)),
    })),
    GetJobRuns: operation(
      z.object({
        JobName: z.string(),
        MaxResults: z.int().min(1).max(200).default(200),
        NextToken: z.string().optional(),
      }),
      ({ JobName, MaxResults, NextToken }) => {
        const runs = engine.runsOf(JobName);
        const from = Number(NextToken ?? 0);
        const next = from + MaxResults;
        return {
          JobRuns: runs.slice(from, next).map(describeJobRun),
          ...(next < runs.length ? { NextToken: String(next) } : {}),
        };
      },
    ),
    BatchStopJobRun: operation(
      z.object({ JobName: z.string(), JobRunIds: z.array(z.string()).min(1).max(25) }),
      ({ JobName, JobRunIds }) => {
        const stopped: { JobName: string; JobRunId: string }[] = [];
        const errors: object[] = [];
        for (const JobRunId of JobRunIds) {
          try {
            engine.stopRun(JobName, JobRunId);
            stopped.push({ JobName, JobRunId });
          } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
            errors.push({
              JobName,
              JobRunId,
              ErrorDetail: { ErrorCode: stopErrorOf(error), ErrorMessage: error.message },
            });
          }
        }
        return { SuccessfulSubmissions: stopped, Errors: errors };
      },
    ),
  };
}

function stopErrorOf(error: ServiceError): string {
  return error.name === 'InvalidInputException' ? 'JobRunNotInTerminalStateException' : error.name;
}

function jobOf(name: string, fields: z.output<typeof jobFields>): Omit<Job, 'createdAt' | 'modifiedAt'> {
  return {
    name,
    role: fields.Role,
    description: fields.Description,
    command: {
      name: fields.Command.Name,
      scriptLocation: fields.Command.ScriptLocation,
      pythonVersion: fields.Command.PythonVersion,
    },
    defaultArguments: fields.DefaultArguments,
    maxConcurrentRuns: fields.ExecutionProperty?.MaxConcurrentRuns ?? 1,
    timeoutMinutes: fields.Timeout,
    glueVersion: fields.GlueVersion,
    workerType: fields.WorkerType,
    numberOfWorkers: fields.NumberOfWorkers,
  };
}

function describeJob(job: Job) {
  return {
    Name: job.name,
    Description: job.description,
    Role: job.role,
    CreatedOn: new Date(job.createdAt),
    LastModifiedOn: new Date(job.modifiedAt),
    ExecutionProperty: { MaxConcurrentRuns: job.maxConcurrentRuns },
    Command: {
      Name: job.command.name,
      ScriptLocation: job.command.scriptLocation,
      PythonVersion: job.command.pythonVersion,
    },
    DefaultArguments: job.defaultArguments,
    MaxRetries: 0,
    Timeout: job.timeoutMinutes,
    WorkerType: job.workerType,
    NumberOfWorkers: job.numberOfWorkers,
    GlueVersion: job.glueVersion,
  };
}

function describeJobRun(run: JobRun) {
  const workedMs = run.runningAt === null ? 0 : (run.completedAt ?? Date.now()) - run.runningAt;
  return {
    Id: run.id,
    Attempt: 0,
    JobName: run.jobName,
    StartedOn: new Date(run.startedAt),
    LastModifiedOn: new Date(run.modifiedAt),
    ...(run.completedAt === null ? {} : { CompletedOn: new Date(run.completedAt) }),
    JobRunState: run.state,
    Arguments: run.arguments,
    ...(run.errorMessage === null ? {} : { ErrorMessage: run.errorMessage }),
    PredecessorRuns: [],
    ExecutionTime: isOver(run) ? Math.round(workedMs / 1000) : 0,
    Timeout: run.timeoutMinutes,
    WorkerType: run.workerType,
    NumberOfWorkers: run.numberOfWorkers,
    GlueVersion: run.glueVersion,
    LogGroupName: '/aws-glue/jobs',
  };
}

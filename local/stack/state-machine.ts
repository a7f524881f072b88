import { readFileSync } from 'node:fs';
import { CreateStateMachineCommand, type SFNClient, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { type FunctionName, functionTable } from '../../tasks/functions.ts';
import { arns, names } from './names.ts';
import { places } from './places.ts';

/** The workflow's definition with the deployed names in place of `${Name}`. @throws Error naming what has none. */
export function workflowDefinition(text = readFileSync(places.workflow, 'utf8')): string {
  const substitutions: Record<string, string> = {
    ...Object.fromEntries(
      (Object.keys(functionTable) as FunctionName[]).map((name) => [name, arns.function(name)]),
    ),
    ArtifactsBucket: names.artifactsBucket,
    TopicArn: arns.topic,
    GlueJob: names.glueJob,
    // EMR needs these; its local stand-in takes any.
    EmrServiceRole: arns.role,
    EmrInstanceProfile: 'tidegate-local',
    EmrSubnetIds: 'subnet-local',
    EmrSecurityGroup: 'sg-local',
  };
  return substitute(text, substitutions);
}

/** @throws Error naming a `${Name}` without a value. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`There is no value for \${${name}}; known are ${Object.keys(values).join(', ')}.`);
    return value;
  });
}

/** Creates the state machine, or gives it the definition as it is now. */
export async function putStateMachine(sfn: SFNClient, definition: string): Promise<void> {
  try {
    await sfn.send(new UpdateStateMachineCommand({ stateMachineArn: arns.stateMachine, definition }));
  } catch (error) {
    if ((error as Error).name !== 'StateMachineDoesNotExist') throw error;
    await sfn.send(
      new CreateStateMachineCommand({ name: names.stateMachine, definition, roleArn: arns.role }),
    );
  }
}

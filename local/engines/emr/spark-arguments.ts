import type { StepRequest } from './cluster.ts';

/** What a step hands to spark-submit; null when it is no step that runs Spark. */
export function sparkArguments({ jar, args }: Pick<StepRequest, 'jar' | 'args'>): string[] | null {
  const [command, ...rest] = args;
  return jar === 'command-runner.jar' && command === 'spark-submit' ? rest : null;
}

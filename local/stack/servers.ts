import { delimiter, join } from 'node:path';
import type { ProcessSpec } from '../processes/background-process.ts';
import { stackEnvironment } from './environment.ts';
import { names } from './names.ts';
import { LOCAL, places, python, ROOT } from './places.ts';
import { endpointOf, type ServerName, type Stack } from './stack.ts';

export interface ServerSpec extends ProcessSpec {
  name: ServerName;
  /** Answers below 500 once the server is ready. */
  healthUrl: string;
}

/** How each server of the stack is started. */
export function serverSpecs(stack: Stack): Record<ServerName, ServerSpec> {
  const environment = {
    ...stackEnvironment(stack),
    TIDEGATE_STACK_FOLDER: LOCAL,
    HOME: process.env['HOME'] ?? ROOT,
    PATH: [
      join(ROOT, 'node_modules', '.bin'),
      join(places.virtualEnvironment, 'bin'),
      process.env['PATH'] ?? '',
    ].join(delimiter),
    ...(process.env['JAVA_HOME'] ? { JAVA_HOME: process.env['JAVA_HOME'] } : {}),
    PYTHONUNBUFFERED: '1',
  };
  const server = (name: ServerName, command: string, args: string[], healthPath: string): ServerSpec => ({
    name,
    command,
    args,
    environment,
    folder: ROOT,
    logFile: join(places.logs, `${name}.log`),
    healthUrl: `${endpointOf(stack, name)}${healthPath}`,
  });
  const port = (name: ServerName): string => String(stack.ports[name]);
  return {
    aws: server(
      'aws',
      python,
      [join(ROOT, 'local/aws/server.py'), '-H', '127.0.0.1', '-p', port('aws')],
      '/moto-api/',
    ),
    bigquery: server(
      'bigquery',
      python,
      [
        join(ROOT, 'local/bigquery/server.py'),
        '--port',
        port('bigquery'),
        '--data-dir',
        join(places.data, 'bigquery'),
        '--gcs-root',
        join(places.data, 'gcs'),
        '--project',
        names.bigQueryProject,
        '--location',
        names.bigQueryLocation,
      ],
      `/bigquery/v2/projects/${names.bigQueryProject}/datasets`,
    ),
    gcs: server(
      'gcs',
      python,
      [join(ROOT, 'local/gcs/server.py'), '--port', port('gcs'), '--root', join(places.data, 'gcs')],
      '/storage/v1/b',
    ),
    services: server(
      'services',
      process.execPath,
      [join(import.meta.dirname, 'services-process.ts')],
      '/health',
    ),
    states: server('states', process.execPath, [join(import.meta.dirname, 'states-process.ts')], '/'),
  };
}

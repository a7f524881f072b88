import { createServer, type Server } from 'node:net';
import { type ServerName, serverNames } from './stack.ts';

/**
 * A port for every server: the one of TIDEGATE_PORT_<SERVER> if set; else the former one if it is still free, so that a
 * shell's exports stay right; else any free one.
 * @throws Error when a port that was asked for is taken.
 */
export async function choosePorts(
  environment: NodeJS.ProcessEnv,
  former: Partial<Record<ServerName, number>>,
): Promise<Record<ServerName, number>> {
  // All are held until every one is chosen, so that none is chosen twice.
  const held = new Map<ServerName, Server>();
  try {
    for (const name of serverNames) {
      const variable = `TIDEGATE_PORT_${name.toUpperCase()}`;
      const asked = environment[variable];
      if (asked !== undefined) held.set(name, await holdAsked(variable, asked));
      else held.set(name, await hold(former[name] ?? 0).catch(() => hold(0)));
    }
    return Object.fromEntries([...held].map(([name, server]) => [name, portOf(server)])) as Record<
      ServerName,
      number
    >;
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function holdAsked(variable: string, asked: string): Promise<Server> {
  const port = Number(asked);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${variable} must be a port from 1 to 65535, not '${asked}'.`);
  try {
    return await hold(port);
  } catch (error) {
    throw new Error(`The port ${port} of ${variable} is in use; choose another.`, { cause: error });
  }
}

function hold(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address === 'object' && address) return address.port;
  throw new Error('A server that listens has a port.');
}

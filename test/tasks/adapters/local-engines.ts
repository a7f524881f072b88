import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster } from '../../../local/engines/emr/cluster.ts';
import { emrOperations } from '../../../local/engines/emr/emr-api.ts';
import { EmrEngine } from '../../../local/engines/emr/emr-engine.ts';
import { answerEngines } from '../../../local/engines/engine-server.ts';
import { glueOperations } from '../../../local/engines/glue/glue-api.ts';
import { GlueEngine, type GlueState } from '../../../local/engines/glue/glue-engine.ts';
import { type FakeProgram, fakeWorld } from '../../local/engines/fake-launcher.ts';

const QUICK_MS = 5;

/** EMR and Glue of the local stack behind their APIs, whose programs end when a test says so. */
export async function startEngines() {
  const [emrWorld, glueWorld] = [fakeWorld<Cluster[]>(), fakeWorld<GlueState>()];
  const emr = new EmrEngine(emrWorld, {
    startingMs: QUICK_MS,
    bootstrappingMs: QUICK_MS,
    terminatingMs: QUICK_MS,
  });
  const glue = new GlueEngine(glueWorld, { startingMs: QUICK_MS, logFolder: null });
  const operations = { emr: emrOperations(emr), glue: glueOperations(glue), awsEndpoint: '' };
  const server = createServer((request, response) => void answerEngines(request, response, operations));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    emr,
    glue,
    /** The program that was started last. */
    emrProgram: (): FakeProgram | undefined => emrWorld.launcher.programs.at(-1),
    glueProgram: (): FakeProgram | undefined => glueWorld.launcher.programs.at(-1),
    async stop(): Promise<void> {
      emr.close();
      glue.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

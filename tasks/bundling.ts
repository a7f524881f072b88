import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { type FunctionName, functionTable } from './functions.ts';

/**
 * How the Lambda functions are bundled, for the deployment and for `local` alike, so that what is tested is what is
 * deployed. Everything is inside, the AWS SDK too: a function starts faster with its own than with the runtime's.
 */
export const bundlingOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // CommonJS packages inside an ES module still call `require`.
  banner: {
    js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
  },
} as const satisfies BuildOptions;

/** Every function's entry file exports its handler under this name. */
export const HANDLER_EXPORT = 'handler';

export const entryFile = (name: FunctionName): string =>
  join(import.meta.dirname, functionTable[name].folder, 'handler.ts');

/** The bundle of a function inside the folder that was given to `bundleFunctions`. */
export const bundleFile = (bundlesFolder: string, name: FunctionName): string =>
  join(bundlesFolder, functionTable[name].folder, 'index.mjs');

/**
 * Bundles every function of the table to `<bundlesFolder>/<function's folder>/index.mjs`.
 * @throws Error naming the functions without a `handler.ts`; esbuild's own error when a source does not build.
 */
export async function bundleFunctions(bundlesFolder: string): Promise<void> {
  const names = Object.keys(functionTable) as FunctionName[];
  const missing = names.filter((name) => !existsSync(entryFile(name)));
  if (missing.length > 0)
    throw new Error(
      `Every function of tasks/functions.ts needs its entry file; missing: ${missing.map(entryFile).join(', ')}`,
    );
  await build({
    ...bundlingOptions,
    banner: { ...bundlingOptions.banner },
    mainFields: [...bundlingOptions.mainFields],
    entryPoints: names.map((name) => ({
      in: entryFile(name),
      out: `${functionTable[name].folder}/index`,
    })),
    outdir: bundlesFolder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
}

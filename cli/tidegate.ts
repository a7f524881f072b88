import { ArgumentFailure } from './command-arguments.ts';
import type { Command } from './commands/command.ts';
import { commands } from './commands/commands.ts';
import { failureTold } from './failure-told.ts';

/** 128 + SIGPIPE: as the shell tells of a command whose reader has gone. */
const NOBODY_READS = 141;

for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(NOBODY_READS);
    throw error;
  });

process.exitCode = await main(process.argv.slice(2));

/** Exit codes: 0 done, 1 the command found something wrong, 2 it was not understood. */
async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === 'help' && rest[0] !== undefined) return main([rest[0], '--help']);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  const command = await commandNamed(name);
  if (command === undefined) {
    process.stderr.write(`tidegate: expected a command, found "${name}".\n\n${await usage()}`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`Usage: tidegate ${name} ${command.synopsis}\n\n${command.help}\n`);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    const told = failureTold(error);
    if (told !== undefined) {
      process.stderr.write(`tidegate ${name}: ${told}\n`);
      return 1;
    }
    if (!(error instanceof ArgumentFailure)) throw error;
    process.stderr.write(`tidegate ${name}: ${error.message}\nUsage: tidegate ${name} ${command.synopsis}\n`);
    return 2;
  }
}

async function usage(): Promise<string> {
  const calls = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      const { synopsis, summary } = await load();
      return `  ${name} ${synopsis}\n      ${summary}\n`;
    }),
  );
  return `tidegate: loads CSV files from S3 into BigQuery through right-sized Spark

Usage: tidegate COMMAND [ARGUMENTS]

${calls.join('')}
Run tidegate COMMAND --help for details.
`;
}

async function commandNamed(name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? commands[name]?.() : undefined;
}

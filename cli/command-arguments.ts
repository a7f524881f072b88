import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** The arguments make no sense to the command: shown with its synopsis. */
export class ArgumentFailure extends Error {
  override readonly name = 'ArgumentFailure';
}

type Names = readonly string[];

interface Wanted<Needed extends Names, Options extends ParseArgsOptionsConfig> {
  /** Arguments that have to be there, in their order. */
  needed: Needed;
  /** How many more there may be. */
  more?: number;
  options?: Options;
}

interface Given<Needed extends Names, Options extends ParseArgsOptionsConfig> {
  positionals: [...{ -readonly [Index in keyof Needed]: string }, ...string[]];
  values: ReturnType<typeof parseArgs<{ options: Options }>>['values'];
}

/** What a command was given, and nothing that it does not know. @throws ArgumentFailure */
export function commandArguments<
  const Needed extends Names,
  const Options extends ParseArgsOptionsConfig = Record<never, never>,
>(
  args: readonly string[],
  { needed, more = 0, options = {} as Options }: Wanted<Needed, Options>,
): Given<Needed, Options> {
  refuseWrongOptions(args, options);
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
  const missing = needed.find((_, index) => !positionals[index]);
  if (missing !== undefined) throw new ArgumentFailure(`expected ${missing}, found none.`);
  const last = needed.length + more - 1;
  const surplus = positionals[last + 1];
  if (surplus !== undefined)
    throw new ArgumentFailure(`expected nothing after "${positionals[last]}", found "${surplus}".`);
  return { positionals: positionals as Given<Needed, Options>['positionals'], values };
}

function refuseWrongOptions(args: readonly string[], options: ParseArgsOptionsConfig): void {
  const { tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option)
      throw new ArgumentFailure(
        `there is no option ${rawName}. Write -- before arguments that begin with "-".`,
      );
    if (option.type === 'boolean' && value !== undefined)
      throw new ArgumentFailure(`${rawName}: expected no value, found "${value}".`);
    if (option.type === 'string' && (value === undefined || (!inlineValue && value.startsWith('-'))))
      throw new ArgumentFailure(`${rawName}: expected a value, found ${value ?? 'none'}.`);
  }
}

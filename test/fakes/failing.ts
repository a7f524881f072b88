import { TidegateError } from '../../tasks/core/errors.ts';

export type Moment = 'before' | 'after';

/** What a faulty port is asked, and which of the calls fails. */
export interface CallLog {
  calls: string[];
  /** Called with the number (from 0) and the name of a call: whether it fails before or after its effect. */
  plan: (number: number, call: string) => Moment | null;
}

export const callLog = (plan: CallLog['plan'] = () => null): CallLog => ({ calls: [], plan });

/** The same port, whose calls fail as the log's plan says: as if the connection broke. */
export function failing<Port extends object>(port: Port, log: CallLog): Port {
  return new Proxy(port, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name === 'uri') return member.bind(target);
      return async (...args: unknown[]) => {
        const call = `${String(name)} ${nameOf(args[0])}`;
        const moment = log.plan(log.calls.length, call);
        log.calls.push(call);
        const broken = new TidegateError('ServiceUnavailable', `${call}: socket hang up (${moment})`);
        if (moment === 'before') throw broken;
        const answer = await member.apply(target, args);
        if (moment === 'after') throw broken;
        return answer;
      };
    },
  });
}

function nameOf(argument: unknown): string {
  if (typeof argument === 'string') return argument;
  const { table, key, staging } = (argument ?? {}) as Record<string, unknown>;
  return String(table ?? key ?? (staging as { table?: string } | undefined)?.table ?? '');
}

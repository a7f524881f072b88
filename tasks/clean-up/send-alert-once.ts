import type { BackOff, Clock, Executions, Notices, StateTable } from '../core/ports.ts';
import { changeEnding, type EndingOf } from './change-ending.ts';

export interface SendAlertWorld {
  table: StateTable;
  executions: Executions;
  notices: Notices;
  clock: Clock;
  backOff: BackOff;
}

/** Longer than this function may take: whoever is not done by then has died over it, and its answer is lost. */
const SENDING_MS = 600_000;

/** Tells people of an execution's end, unless they were told: by the state Alert, or by an earlier call of this. */
export async function sendAlertOnce(
  ending: EndingOf,
  alert: { subject: string; message: string },
  world: SendAlertWorld,
): Promise<void> {
  const { executions, notices, clock } = world;
  const now = clock.now();
  const alertAt = now.toISOString();
  const isOurs = await changeEnding(
    ending,
    ({ alert, alertAt: sendingSince }) => {
      if (alert === 'SENT') return null;
      const isBeingSent = sendingSince !== null && now.getTime() - Date.parse(sendingSince) < SENDING_MS;
      return alert === 'SENDING' && isBeingSent ? null : { alert: 'SENDING', alertAt };
    },
    world,
  );
  if (!isOurs) return;
  if (!(await stateAlertSent(ending, executions))) await notices.publish(alert.subject, alert.message);
  await changeEnding(ending, () => ({ alert: 'SENT' }), world);
}

/**
 * The history is asked: the record of it may have failed with the clean-up. The state Alert, cut short and redriven, tells
 * of the failure before the redrive.
 */
async function stateAlertSent(ending: EndingOf, executions: Executions): Promise<boolean> {
  const outputs = await executions.outputsOf(ending.arn, 'Alert');
  return outputs.some((output) => {
    const { messageId, redriveCount } = (output ?? {}) as { messageId?: unknown; redriveCount?: unknown };
    return typeof messageId === 'string' && messageId !== '' && redriveCount === ending.redriveCount;
  });
}

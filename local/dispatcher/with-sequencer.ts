const WIDTH = 16;

/**
 * The event with a sequencer that grows from each upload to the next, as Amazon S3's does for those of one key; the
 * emulator gives the same to all. It is the millisecond in which the event was sent, hexadecimal and of fixed width: an
 * event that is delivered twice has it twice.
 */
export function withSequencer(event: string, sentAtMs: number): string {
  const { detail, ...envelope } = JSON.parse(event);
  const sequencer = sentAtMs.toString(16).padStart(WIDTH, '0').toUpperCase();
  return JSON.stringify({ ...envelope, detail: { ...detail, object: { ...detail.object, sequencer } } });
}

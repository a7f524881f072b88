import type { Notices } from '../../../tasks/core/ports.ts';
import { port } from './ports.ts';

export class SnsNotices implements Notices {
  readonly #port = port<Notices>('notices');

  publish(subject: string, message: string): Promise<void> {
    return this.#port.publish(subject, message);
  }
}

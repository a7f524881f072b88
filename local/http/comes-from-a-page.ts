import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/**
 * Whether a web page in a browser on this machine sent a request: a browser names the page's origin, and, where another
 * site's name resolves to this machine (DNS rebinding), that name as the host. Clients of AWS do neither.
 */
export const comesFromAPage = ({ host = '', origin }: IncomingHttpHeaders): boolean =>
  origin !== undefined || !LOOPBACK.test(host);

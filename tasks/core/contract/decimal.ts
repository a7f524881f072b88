/** Compares two plain decimal texts exactly: negative, 0 or positive as `a` is less than, equal to or above `b`. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const difference = unscaled(a, scale) - unscaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Digits behind the point. */
export function scaleOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0;
}

/** Digits before the point, without sign; 0 has none. */
export function wholeDigitsOf(decimal: string): number {
  return (decimal.replace('-', '').split('.')[0] ?? '').replace(/^0+/, '').length;
}

function unscaled(decimal: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

/** How long ago something was, as people say it. */

export type Ago = { key: 'now' } | { key: 'minutes' | 'hours' | 'days'; n: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function ago(then: number, now: number): Ago {
  const passed = now - then;
  if (passed < MINUTE) return { key: 'now' };
  if (passed < HOUR) return { key: 'minutes', n: Math.floor(passed / MINUTE) };
  if (passed < DAY) return { key: 'hours', n: Math.floor(passed / HOUR) };
  return { key: 'days', n: Math.floor(passed / DAY) };
}

/** A number of bytes: `12 kB`, `4.2 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let [size, unit] = [count, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${size >= 10 || unit === 0 ? size.toFixed(0) : size.toFixed(1)}\u2009${units[unit] ?? ''}`;
}

// When to try again.

/** How long to wait before the next try, in milliseconds, after so many that failed: longer each time, and not all at once. */
export function wait(failed: number, random = Math.random()): number {
  const most = Math.min(15_000, 500 * 2 ** Math.min(failed, 10));
  return Math.round(most * (0.75 + random / 4));
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads a duration as people write it (`250ms`, `10s`, `15m`, `3h`, `3d`, also `1h30m`).
 *
 * @returns milliseconds, whole; undefined when it is none.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    total += Number(amount) * units[unit as keyof typeof units];
  return Math.round(total);
}

/** Writes milliseconds so that `parseDuration` reads them back: `15m`, `90s`, `250ms`. */
export function writeDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (whole > 0 && whole % units[unit] === 0) return `${whole / units[unit]}${unit}`;
  }
  return `${whole}ms`;
}

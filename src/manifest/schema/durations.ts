const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

const DURATION = /^(\d{1,6})([smh])$/;

/** `90s`, `10m` or `2h`, in milliseconds; undefined when it is none of these, or nothing. */
export function parseDurationMs(duration: string): number | undefined {
  const [, digits, unit] = DURATION.exec(duration) ?? [];
  const durationMs = Number(digits) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  return durationMs > 0 ? durationMs : undefined;
}

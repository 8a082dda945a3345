const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

const DURATION = /^(\d{1,6})([smh])$/;

/** Parses `90s`, `10m` or `2h` into milliseconds. Returns undefined for any other text, and for zero. */
export function parseDurationMs(duration: string): number | undefined {
  const [, digits, unit] = DURATION.exec(duration) ?? [];
  const durationMs = Number(digits) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  return durationMs > 0 ? durationMs : undefined;
}

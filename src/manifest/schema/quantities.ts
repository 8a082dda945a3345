const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

const DURATION = /^(\d{1,6})([smh])$/;

/** Parses `90s`, `10m` or `2h` into milliseconds. Returns undefined for any other text, and for zero. */
export function parseDurationMs(duration: string): number | undefined {
  const [, digits, unit] = DURATION.exec(duration) ?? [];
  const durationMs = Number(digits) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  return durationMs > 0 ? durationMs : undefined;
}

/** The suffixes that Docker accepts for `--memory`, with the same meaning: powers of 1024. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

const SIZE = /^(\d{1,16}(?:\.\d{1,6})?)([kmgt]?)$/i;

/** Parses `512m`, `1.5g` or a number of bytes into bytes. Returns undefined for any other text. */
export function parseSizeBytes(size: string | number): number | undefined {
  const [, digits, unit] = SIZE.exec(String(size)) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Math.floor(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Formats a number of bytes exactly, with the largest possible suffix. */
export function formatSize(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k'] as const) {
    const factor = UNITS[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

import type { GatewaySecrets } from '../config.ts';
import { createInspector } from '../dlp/inspector.ts';
import type { Inspector } from '../dlp/finding.ts';
import type { CompiledRule } from '../dlp/rules/compile.ts';
import { createPlaceholderAlarm, type PlaceholderAlarm } from '../inject/alarm.ts';
import { createScrub, type Scrub } from '../inject/scrub.ts';

/** What is known of secrets in this process: what may not leave, what is lent to requests, what answers must not tell. */
export interface Screen {
  readonly inspector: Inspector;
  readonly alarm: PlaceholderAlarm;
  readonly scrub: Scrub;
  readonly identities: GatewaySecrets['inject'];
}

export const NO_SECRETS: GatewaySecrets = { inject: {}, protect: [] };

/** `retired`: earlier values of lent secrets, by name. Nothing of it is ever printed. */
export function createScreen(
  secrets: GatewaySecrets,
  rules: readonly CompiledRule[],
  retired: Readonly<Record<string, readonly string[]>> = {},
): Screen {
  const lent = Object.entries(secrets.inject);
  const old = Object.entries(retired).flatMap(([name, values]) => values.map((value) => ({ name, value })));
  const known = [
    ...lent.map(([name, { value }]) => ({ name, value, kind: 'secret' as const })),
    ...lent.map(([name, { placeholder }]) => ({ name, value: placeholder, kind: 'canary' as const })),
    ...old.map(({ name, value }) => ({ name, value, kind: 'secret' as const })),
    ...secrets.protect,
  ];
  return {
    inspector: createInspector({ secrets: known, rules }),
    alarm: createPlaceholderAlarm(secrets.inject),
    scrub: createScrub([...lent.map(([, { value }]) => value), ...old.map(({ value }) => value)]),
    identities: secrets.inject,
  };
}

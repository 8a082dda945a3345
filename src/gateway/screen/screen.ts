import type { GatewaySecrets } from '../config.ts';
import { createInspector } from '../dlp/inspector.ts';
import type { Inspector } from '../dlp/finding.ts';
import type { Memory } from '../dlp/memory.ts';
import type { CompiledRule } from '../dlp/rules/compile.ts';
import type { InspectionThread } from '../dlp/thread/thread.ts';
import { secretTexts } from '../inject/aws-credentials.ts';
import { createPlaceholderAlarm, placeholderName, type PlaceholderAlarm } from '../inject/alarm.ts';
import { createScrub, type Scrub } from '../inject/scrub/scrub.ts';

import type { Rejections } from './rejections.ts';

/** The secrets of this process: those that may not leave, that requests get, and that answers must not reveal. */
export interface Screen {
  readonly inspector: Inspector;
  readonly alarm: PlaceholderAlarm;
  readonly scrub: Scrub;
  readonly identities: GatewaySecrets['inject'];
  /** Undefined: no secret is read again. */
  readonly rejections?: Rejections;
}

export const NO_SECRETS: GatewaySecrets = { inject: {}, protect: [] };

export interface ScreenParts {
  readonly secrets: GatewaySecrets;
  readonly rules: readonly CompiledRule[];
  /**
   * User names that basic authentication sends with a secret: the two travel as one text, which a host may repeat in
   * other codings.
   */
  readonly basicUsers: readonly string[];
  /** Earlier values of lent secrets, by name. */
  readonly retired?: Readonly<Record<string, readonly string[]>>;
  /** Memory of data that left before this screen existed. */
  readonly memory?: Memory;
  /** Thread that inspects large bodies; undefined: this thread inspects them too. */
  readonly thread?: InspectionThread | undefined;
}

/** Creates a screen. Nothing of it is ever printed. */
export function createScreen(parts: ScreenParts): Screen {
  const { secrets, rules, basicUsers, retired = {}, memory, thread } = parts;
  const lent = Object.entries(secrets.inject);
  const known = lent.flatMap(([name, secret]) =>
    [secret.value, ...(retired[name] ?? [])].flatMap((value) =>
      secretTexts(secret, value).map((text) => ({ name, value: text, kind: 'secret' as const })),
    ),
  );
  const stands = lent.map(([name, { placeholder }]) => ({
    name: placeholderName(name),
    value: placeholder,
    kind: 'canary' as const,
  }));
  return {
    inspector: createInspector({
      secrets: [...known, ...stands, ...secrets.protect],
      rules,
      thread,
      ...(memory && { memory }),
    }),
    alarm: createPlaceholderAlarm(secrets.inject),
    scrub: createScrub(
      known.flatMap(({ value }) => [value, ...asPassword(value, basicUsers)]),
      Math.max(0, ...lent.map(([, { value, placeholder }]) => commonLength(value, placeholder))),
    ),
    identities: secrets.inject,
  };
}

/** Length of the common prefix of the two: the agent sees the placeholder. */
function commonLength(value: string, placeholder: string): number {
  let at = 0;
  while (at < value.length && value[at] === placeholder[at]) at += 1;
  return at;
}

function asPassword(value: string, users: readonly string[]): readonly string[] {
  return users.map((user) => Buffer.from(`${user}:${value}`).toString('base64'));
}

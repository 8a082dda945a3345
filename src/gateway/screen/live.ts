import { Memory } from '../dlp/memory.ts';
import { Rejections } from './rejections.ts';
import { followLatest } from '../inject/scrub.ts';
import { createScreen, type Screen, type ScreenParts } from './screen.ts';

/** Values of one secret that still may not leave after they were replaced. */
const MOST_RETIRED = 8;

/** The screen of a bottle whose secrets expire. */
export interface LiveScreen extends Screen {
  readonly rejections: Rejections;
  /** Lends these values from now on; what they replace stays a secret. @throws Error for one that was not lent before */
  renew(values: Readonly<Record<string, string>>): void;
}

/** Who holds it always meets the latest, as does who holds its inspector or scrub: what stands for hours took them once. */
export function createLiveScreen(parts: Omit<ScreenParts, 'retired' | 'memory'>): LiveScreen {
  let given = parts.secrets;
  let retired: Readonly<Record<string, readonly string[]>> = {};
  // A bottle can bring about that a secret is renewed: what has left before is not forgotten by that.
  const memory = new Memory();
  let screen = createScreen({ ...parts, memory });
  const renew: LiveScreen['renew'] = (values) => {
    const unknown = Object.keys(values).find((name) => !Object.hasOwn(given.inject, name));
    if (unknown !== undefined) throw new Error('a secret that is not lent cannot be renewed');
    const entries = Object.entries(given.inject);
    retired = Object.fromEntries(
      entries.map(([name, { value }]) => {
        const before = retired[name] ?? [];
        const isReplaced = values[name] !== undefined && values[name] !== value;
        return [name, isReplaced ? [value, ...before].slice(0, MOST_RETIRED) : before];
      }),
    );
    const inject = Object.fromEntries(
      entries.map(([name, secret]) => [name, { ...secret, value: values[name] ?? secret.value }]),
    );
    screen = createScreen({ ...parts, secrets: { ...given, inject }, retired, memory });
    given = { ...given, inject };
  };
  return {
    rejections: new Rejections({
      isRenewable: (name) => given.inject[name]?.isRenewable === true,
      valueOf: (name) => given.inject[name]?.value,
    }),
    inspector: {
      head: (head) => screen.inspector.head(head),
      body: (about) => screen.inspector.body(about),
      name: (host) => screen.inspector.name(host),
      told: (told) => screen.inspector.told(told),
    },
    get alarm() {
      return screen.alarm;
    },
    scrub: followLatest(() => screen.scrub),
    get identities() {
      return screen.identities;
    },
    renew,
  };
}

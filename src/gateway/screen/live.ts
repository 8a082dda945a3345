import type { Policy } from '../config.ts';
import type { Guesses } from '../dlp/known/guesses.ts';
import { Memory } from '../dlp/memory.ts';
import { secretFault } from '../inject/apply.ts';
import { Rejections } from './rejections.ts';
import { followLatest } from '../inject/scrub/scrub.ts';
import { createScreen, type Screen, type ScreenParts } from './screen.ts';

/** Most replaced values of one secret that still may not leave. */
const MOST_RETIRED = 8;

/** The screen of a bottle whose secrets expire, and whose policy changes. */
export interface LiveScreen extends Screen {
  readonly rejections: Rejections;
  /** Notifies its listeners once the bottle seems to be guessing a secret. */
  readonly guesses: Pick<Guesses, 'onOver'>;
  /**
   * Lends these values from now on; the values that they replace stay secret.
   * @throws Error for a secret that was not lent before, or a value that cannot be a secret; then nothing changes
   */
  renew(values: Readonly<Record<string, string>>): void;
  /** Adds names of users with which secrets may be sent in basic authentication. */
  nameUsers(basicUsers: readonly string[]): void;
}

/**
 * Creates a screen that always uses the latest values. So do its inspector and scrub, because connections that last for
 * hours take those only once.
 */
export function createLiveScreen(parts: Omit<ScreenParts, 'retired' | 'memory'>): LiveScreen {
  let { secrets: given, basicUsers } = parts;
  let retired: Readonly<Record<string, readonly string[]>> = {};
  // A bottle can cause the renewal of a secret: that must not erase the memory of data that has left.
  const memory = new Memory();
  const make = (own: Pick<ScreenParts, 'secrets' | 'basicUsers' | 'retired'>): Screen =>
    createScreen({ ...parts, ...own, memory });
  let screen = make({ secrets: given, basicUsers, retired });
  const renew: LiveScreen['renew'] = (values) => {
    for (const [name, value] of Object.entries(values)) {
      if (!Object.hasOwn(given.inject, name)) throw new Error('only a lent secret can be renewed');
      const fault = secretFault(value);
      if (fault !== undefined) throw new Error(`the new value of a secret ${fault}`);
    }
    const lent = Object.entries(given.inject);
    const replaced = lent.filter(([name, { value }]) => (values[name] ?? value) !== value);
    if (replaced.length === 0) return;
    const olds = replaced.map(([name, { value }]) => {
      const before = (retired[name] ?? []).filter((one) => one !== values[name]);
      return [name, [value, ...before].slice(0, MOST_RETIRED)] as const;
    });
    const inject = lent.map(([name, secret]) => [name, { ...secret, value: values[name] ?? secret.value }]);
    const next = { ...given, inject: Object.fromEntries(inject) };
    const kept = { ...retired, ...Object.fromEntries(olds) };
    // First, because it may throw.
    screen = make({ secrets: next, basicUsers, retired: kept });
    [given, retired] = [next, kept];
  };
  const nameUsers: LiveScreen['nameUsers'] = (users) => {
    const all = [...new Set([...basicUsers, ...users])];
    if (all.length === basicUsers.length) return;
    screen = make({ secrets: given, basicUsers: all, retired });
    basicUsers = all;
  };
  return {
    rejections: new Rejections({
      isRenewable: (name) => given.inject[name]?.isRenewable === true,
      valueOf: (name) => given.inject[name]?.value,
    }),
    inspector: {
      head: (head, actions) => screen.inspector.head(head, actions),
      body: (about) => screen.inspector.body(about),
      get largeBody() {
        return screen.inspector.largeBody;
      },
      name: (host) => screen.inspector.name(host),
      logTexts: (texts) => screen.inspector.logTexts(texts),
      note: (findings, actions) => memory.guesses.note(findings, actions),
    },
    guesses: memory.guesses,
    // Placeholders stay the same when the values change.
    alarm: screen.alarm,
    scrub: followLatest(() => screen.scrub),
    get identities() {
      return screen.identities;
    },
    renew,
    nameUsers,
  };
}

/** Returns the user names that this policy sends with secrets in basic authentication. */
export function basicUsersIn({ allow }: Policy): readonly string[] {
  const users = allow.flatMap(({ inject }) => (inject?.slot.kind === 'basic' ? [inject.slot.user] : []));
  return [...new Set(users)];
}

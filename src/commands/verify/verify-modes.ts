import { BottleError } from '../../errors.ts';
import type { VerifyFlags } from './verify.ts';

/** The modes of `verify`, and the flags that each uses. A flag without effect is refused. */

type Mode = 'attack' | 'list' | 'check';

/** The flags of `list` and `check`; an attack refuses no flag. */
const TAKES: Readonly<Record<Exclude<Mode, 'attack'>, readonly (keyof VerifyFlags)[]>> = {
  list: ['list', 'family', 'probe', 'json'],
  check: ['check', 'key', 'bottle', 'manifest', 'json'],
};

/** Flags that have an effect only together with another flag. */
const BESIDE: Readonly<Partial<Record<keyof VerifyFlags, keyof VerifyFlags>>> = {
  key: 'check',
  manifest: 'bottle',
  yes: 'manifest',
  failOn: 'bottle',
};

/** @throws BottleError `usage` if one of these flags would have no effect. Pure. */
export function refuseStray(flags: Readonly<Partial<Record<keyof VerifyFlags, unknown>>>): void {
  const names = Object.keys(flags) as (keyof VerifyFlags)[];
  const given = names.filter((name) => isGiven(flags[name]));
  const mode = given.includes('check') ? 'check' : given.includes('list') ? 'list' : 'attack';
  const alone = given.find((name) => !given.includes(BESIDE[name] ?? name));
  if (alone !== undefined) {
    const other = BESIDE[alone] ?? alone;
    const value = other === 'bottle' ? 'NAME' : 'FILE';
    throw new BottleError('usage', `${written(alone)} goes with ${written(other)} only`, {
      fix: `add ${written(other)} ${value}`,
    });
  }
  if (mode === 'attack') return;
  const stray = given.find((name) => !TAKES[mode].includes(name));
  if (stray === undefined) return;
  throw new BottleError('usage', `${written(stray)} does not go with ${written(mode)}`, {
    fix: 'give one of the two',
  });
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;

/** The flag as a user writes it. */
const written = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

import { FULL_ONLY } from '../../test/support/suites/tiers.ts';

/** A row of the two tables of claims in docs/THREAT-MODEL.md. */
export interface Claim {
  readonly text: string;
  /** Empty in the table of claims that no program in a bottle can try. */
  readonly probes: string;
  readonly tests: string;
}

/** Returns the claims in the threat model's text, in order. Pure. */
export function claimsOf(threatModel: string): Claim[] {
  const rows = threatModel.split('\n').filter((line) => line.startsWith('| '));
  return rows
    .map((row) => row.slice(2, -2).split(' | '))
    .filter(([first = '']) => first.trim() !== 'claim' && !/^-+$/.test(first.trim()))
    .map((cells) => ({
      text: (cells[0] ?? '').trim(),
      probes: cells.length > 2 ? (cells[1] ?? '') : '',
      tests: cells.at(-1) ?? '',
    }));
}

const namesIn = (text: string): string[] => [...text.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name);

/** Claims about machines only. Their attacks need a machine, and run in the full run. */
const OF_MACHINES = [/^Machines that go on from the same one/, /^As root, all that is around a machine/];

/**
 * Returns the texts of the claims that `npm test` does not attack: claims without a probe (it makes all probes on three
 * rungs) and without a test that it runs. Pure.
 */
export const attackedOnlyInFull = (claims: readonly Claim[], probeNames: readonly string[]): string[] =>
  claims
    .filter(({ text }) => !OF_MACHINES.some((pattern) => pattern.test(text)))
    .filter(({ probes }) => !namesIn(probes).some((name) => probeNames.includes(name)))
    .filter(({ tests }) => namesIn(tests).every(isFullOnly))
    .map(({ text }) => text);

/** `name` is a file of test/integration without its folders, or a path. */
function isFullOnly(name: string): boolean {
  const [, suite = 'integration', file = name] =
    /^test\/(\w+)\/(?:[\w-]+\/)*([\w-]+)\.test\.ts$/.exec(name) ?? /^()([\w-]+)$/.exec(name) ?? [];
  const names = FULL_ONLY[(suite === '' ? 'integration' : suite) as keyof typeof FULL_ONLY];
  return names !== undefined && Object.hasOwn(names, file);
}

import { FAMILIES, stageOf, USERS, type FamilyName, type Probe } from '../src/verify/probes/probe.ts';
import { whereSeen } from '../test/conformance/sabotage/seen.ts';

/**
 * docs/PROBES.md: the claims of `verify`, from the probes themselves. `npm run build` writes it, a test compares it.
 */

/** The path of the document. */
export const PROBES_DOCUMENT = 'docs/PROBES.md';

const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];

/** Returns a table cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function noteOn(probe: Probe): string {
  const users = probe.users === undefined || probe.users.length === USERS.length ? [] : probe.users;
  const notes = [
    ...users.map((user) => `as ${user} only`),
    ...(probe.means === 'sharedKernel' ? ["where the kernel is the host's"] : []),
    ...(probe.limits === undefined ? [] : [`limits by ${probe.limits}`]),
    ...(probe.closedInTheOpen === undefined ? [] : [`not in the open: ${probe.closedInTheOpen}`]),
    ...(stageOf(probe) === 'attack' ? [] : ['judged afterwards']),
  ];
  return notes.join('; ');
}

/** Returns where the attack was seen to succeed, which shows that it can. */
function seenOf(probe: Probe): string {
  const seen = whereSeen(probe);
  switch (seen.where) {
    case 'open':
      return 'in the open';
    case 'sabotage':
      return `by sabotage (${seen.names.length})`;
    case 'nowhere':
      return `not: ${seen.why ?? 'nobody says why'}`;
  }
}

function rowOf(probe: Probe): string {
  const cells = [`\`${probe.id}\``, probe.claim, probe.attack, seenOf(probe), noteOn(probe), probe.source];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Returns how many probes have been seen to succeed, by place. */
function countsOf(probes: readonly Probe[]): string {
  const count = (where: 'open' | 'sabotage' | 'nowhere'): number =>
    probes.filter((probe) => whereSeen(probe).where === where).length;
  return `${count('open')} in the open, ${count('sabotage')} by sabotage, ${count('nowhere')} not`;
}

function sectionOf(family: FamilyName, probes: readonly Probe[]): string[] {
  const rows = probes.filter((probe) => probe.family === family);
  return [
    `## ${family}: ${FAMILIES[family]} (${rows.length})`,
    '',
    '| probe | claims | by trying to | seen to succeed | note | source |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(rowOf),
    '',
  ];
}

/** Returns the whole document. */
export const renderProbesDocument = (probes: readonly Probe[]): string =>
  [
    '# The claims of `verify`',
    '',
    `${probes.length} probes in ${FAMILY_NAMES.length} families. \`npm run build\` writes this page from the records in`,
    '`src/verify/probes/`; change those. A probe attacks a live bottle, as the agent and as root where there is one, and is',
    'judged from outside. Its control, the same code aimed at what is allowed, must go through in the same bottle',
    '([0130](adr/0130-verify-judges-from-outside.md)). [TESTING.md](TESTING.md#all-attacks-on-all-rungs-of-a-host) says how',
    'to attack every rung of a host.',
    '',
    'A probe that nobody has seen succeed may be unable to. So each must succeed once: in the open (by a plain process of the',
    'host), or by sabotage (in a bottle that a mistake of ours opens: `test/conformance/sabotage/`; the number says how many',
    `mistakes it finds). Otherwise the reason is given: ${countsOf(probes)}.`,
    '',
    ...FAMILY_NAMES.flatMap((family) => sectionOf(family, probes)),
  ].join('\n');

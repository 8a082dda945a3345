import { HOST_KINDS, HOSTS, type HostKind, type HostRow } from '../../drivers/engine/hosts/table.ts';
import { AUTO, PLATFORMS, type AutoList, type AutoRow, type Platform } from '../../bottle/rungs/auto.ts';
import { renderTable } from '../../ui/table.ts';

/** `doctor --explain`: the kinds of engine hosts, the rungs on each, and what to do where bot-bottle refuses one. */

/** A kind of host as `doctor --explain --json` prints it. Keys are fixed; later versions may add more. */
export type ExplainedHost = Omit<HostRow, 'matches'> & { readonly kind: HostKind };

/** The table of hosts without its code, in the order in which bot-bottle recognises a host. */
export const explainHosts = (): ExplainedHost[] =>
  HOST_KINDS.map((kind) => {
    const { matches: _code, ...row } = HOSTS[kind];
    return { kind, ...row };
  });

/**
 * The choices of `runtime: auto` on a platform, as `--json` prints them. Keys are fixed; later versions may add more.
 */
export type ExplainedAuto = AutoList & { readonly platform: Platform };

/** The lists of all platforms. */
export const explainAuto = (): ExplainedAuto[] =>
  PLATFORMS.map((platform) => ({ platform, ...AUTO[platform] }));

/** A rung of a list, for people: `kata on docker`. */
export const nameOfRow = ({ runtime, engine }: AutoRow): string =>
  engine === undefined ? runtime : `${runtime} on ${engine}`;

/** The lists for people, in lines of 100 columns at most. */
export const renderAuto = (lists: readonly ExplainedAuto[]): string =>
  [
    'runtime: auto takes the first of these that is ready; a boundary never follows a weaker one.',
    ...lists.flatMap(({ title, rows, otherwise }) => [
      '',
      title,
      ...rows.map((row) => `  ${nameOfRow(row).padEnd(15)}  ${row.why}`),
      `  ${'else'.padEnd(15)}  ${otherwise}`,
    ]),
  ].join('\n');

const INTRO = [
  'Docker and Podman say what they run on. The rung stands between bottles; the boundary here is what',
  'stands around its engine: a VM that all bottles share separates none from another. "from outside":',
  'refused unless bot-bottle runs in that VM, or on that computer, too.',
];

/** The hosts for people, in lines of 100 columns at most. */
export const renderHosts = (hosts: readonly ExplainedHost[]): string =>
  [
    ...INTRO,
    '',
    renderTable(
      ['HOST', 'RUNGS', 'BOUNDARY', 'REFUSED'],
      hosts.map(({ title, rungs, boundary, refused }) => [title, rungs.join(', '), boundary, refused]),
    ),
    ...hosts.flatMap(sectionOf),
  ].join('\n');

function sectionOf({ title, knownBy, why, next }: ExplainedHost): string[] {
  const lines = [
    ['known by', knownBy],
    ['refused', why],
    ['next', next],
  ] as const;
  return [
    '',
    title,
    ...lines.filter(([, text]) => text !== '').map(([label, text]) => `  ${label.padEnd(8)}  ${text}`),
  ];
}

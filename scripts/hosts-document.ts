import { nameOfRow, type ExplainedAuto, type ExplainedHost } from '../src/commands/doctor/explain-hosts.ts';

/**
 * docs/HOSTS.md: the tables of `doctor --explain`, from the same data. `npm run build` writes it, a test compares it.
 */

/** The path of the document. */
export const HOSTS_DOCUMENT = 'docs/HOSTS.md';

const rowOf = ({ title, knownBy, rungs, boundary, refused, why, next, source }: ExplainedHost): string =>
  `| ${[title, knownBy, rungs.map((rung) => `\`${rung}\``).join(', '), boundary, refused, why, next, source].join(' | ')} |`;

const autoSection = ({ title, rows, otherwise }: ExplainedAuto): string[] => [
  '',
  `### ${title}`,
  '',
  ...rows.map(
    (row, index) => `${index + 1}. \`${row.runtime}\`${nameOfRow(row).slice(row.runtime.length)}: ${row.why}`,
  ),
  ...(rows.length === 0 ? [] : ['']),
  `Where none is ready: ${otherwise}.`,
];

/** Returns the whole document. */
export const renderHostsDocument = (
  hosts: readonly ExplainedHost[],
  auto: readonly ExplainedAuto[],
): string =>
  [
    '# The hosts that engines are on',
    '',
    '`npm run build` writes this page from `src/drivers/engine/hosts/table.ts`; change that. `bot-bottle doctor --explain`',
    'prints it, and `doctor --json` says for each rung of an engine which host was found (`evidence.host`). The first row',
    'that matches counts.',
    '',
    'An engine is asked what it runs on (Docker `GET /info`, Podman `info`). Its kernel, name and system are compared with',
    'those in the table; the kind of computer this program runs on decides nothing by itself',
    '([0041](adr/0041-podman-by-a-service-of-ours.md)). The rung separates bottles. The boundary in this table surrounds the',
    'engine: a VM that all bottles share separates none from another. "from outside" is refused unless bot-bottle runs in',
    'that VM, or on that computer, too.',
    '',
    'Only the plain hosts and the rootless ones could be had here. The others are known by what engines on them have',
    'printed: `test/golden/hosts/` has the recorded answers, each with its source.',
    '',
    '| host | known by | rungs | boundary | refused | why | next | source |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...hosts.map(rowOf),
    '',
    '## What `runtime: auto` takes',
    '',
    'From `src/bottle/rungs/auto.ts`: on each platform the first that is ready. A boundary never follows a weaker one;',
    '`min_boundary` cuts the list off, and nothing is taken below it.',
    ...auto.flatMap(autoSection),
    '',
  ].join('\n');

import { renderTable } from '../../ui/table.ts';
import { FAMILIES, type Probe } from '../probes/probe.ts';

/** The probes for people: what each tries, by family. */
export function renderList(probes: readonly Probe[]): string {
  const families = (Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]).flatMap((family) => {
    const rows = probes.filter((probe) => probe.family === family).map(({ id, attack }) => [id, attack]);
    return rows.length === 0
      ? []
      : [`${family}: ${FAMILIES[family]}\n${renderTable(['PROBE', 'TRIES TO'], rows)}\n`];
  });
  return [
    ...families,
    `${probes.length} probes. bot-bottle verify --probe ID makes one; --json says more of each.`,
  ].join('\n');
}

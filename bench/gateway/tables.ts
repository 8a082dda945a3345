import { median } from '../median.ts';
import type { Memory } from './memory.ts';
import type { Figure, Measured, Route } from './rounds.ts';
import type { Workload } from './workloads.ts';

/** Prints medians, and the medians of the rounds' ratios, in which a slow moment of the machine cancels out. */

const MEMORY_GOAL_MIB = 96;

/**
 * Returns the table of speeds: the figures of every route, the gateway's lead over each peer, and the goal. Rates are
 * compared as a ratio, ahead above 1; times as a difference, ahead below 0, because the added time can be close to
 * zero.
 */
export function speedTable(measured: Measured): string {
  const [first] = measured.values();
  const routes = [...(first?.keys() ?? [])];
  const names = routes.map(({ name }) => name);
  const peers = routes.filter(({ role }) => role === 'peer').map(({ name }) => `to ${name}`);
  const head = ['', ...names, ...peers, 'goal', 'processor time'];
  const rows = [...measured].map(([workload, figures]) => speedRow(workload, figures));
  return lines([head, rule(head), ...rows]);
}

function speedRow(workload: Workload, figures: ReadonlyMap<Route, readonly Figure[]>): readonly string[] {
  const of = (role: Route['role']): readonly (readonly Figure[])[] =>
    [...figures].filter(([route]) => route.role === role).map(([, all]) => all);
  const [gateway = []] = of('subject');
  const leads = of('peer').map((peer) => leadOver(peer, gateway, workload));
  const shown = [...figures.values()].map((all) => {
    if (all.length === 0) return '';
    const spoken = all[0]?.protocol;
    const figure = plain(median(all.map(({ value }) => value)));
    return spoken === workload.protocol ? figure : `${figure} (${spoken})`;
  });
  const cpu = [gateway, ...of('peer')].map((all) => median(all.map(({ cpuMs }) => cpuMs)).toFixed(0));
  return [
    `${workload.name}, ${workload.unit}`,
    ...shown,
    ...leads.map(({ text }) => text),
    leads.every(({ isAhead }) => isAhead) ? 'held (ahead)' : 'MISSED (ahead)',
    `${cpu.join(', ')} ms`,
  ];
}

interface Lead {
  readonly text: string;
  readonly isAhead: boolean;
}

function leadOver(peer: readonly Figure[], gateway: readonly Figure[], { isTime, unit }: Workload): Lead {
  const overPairs = (compare: (ours: number, theirs: number) => number): number =>
    median(gateway.map(({ value }, round) => compare(value, peer[round]?.value ?? Number.NaN)));
  if (isTime) {
    const over = overPairs((ours, theirs) => ours - theirs);
    return { text: `${over > 0 ? '+' : ''}${plain(over)} ${unit}`, isAhead: over < 0 };
  }
  const ratio = overPairs((ours, theirs) => ours / theirs);
  return { text: ratio.toFixed(2), isAhead: ratio > 1 };
}

/** Returns the table of every proxy's memory in MiB; the goal applies to the gateway. */
export function memoryTable(memories: ReadonlyMap<Route, Memory>): string {
  const head = ['MiB', 'idle', 'after 10,000 requests', 'under 64 streams', 'goal'];
  const rows = [...memories].map(([{ name }, memory], index) => {
    const figures = [memory.idleMiB, memory.afterRequestsMiB, memory.underStreamsMiB];
    const isHeld = figures.every((figure) => figure < MEMORY_GOAL_MIB);
    const goal = index === 0 ? `${isHeld ? 'held' : 'MISSED'} (under ${MEMORY_GOAL_MIB})` : '';
    return [name, ...figures.map((figure) => figure.toFixed(0)), goal];
  });
  return lines([head, rule(head), ...rows]);
}

const lines = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const rule = (head: readonly string[]): readonly string[] =>
  head.map((_, index) => (index === 0 ? '---' : '--:'));

const plain = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

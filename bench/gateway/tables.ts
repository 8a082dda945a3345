import { median } from '../median.ts';
import type { Memory } from './memory.ts';
import type { Figure, Measured, Route } from './rounds.ts';
import type { Workload } from './workloads.ts';

/** What is printed: medians, and the medians of the rounds' ratios, in which a slow moment of the machine cancels out. */

const MEMORY_GOAL_MIB = 96;

/** Speed: figures of every way, the gateway's ratio to each peer (above 1: the gateway is ahead) and the goal. */
export function speedTable(measured: Measured): string {
  const [first] = measured.values();
  const names = [...(first?.keys() ?? [])].map(({ name }) => name);
  const peers = names.slice(2).map((name) => `to ${name}`);
  const head = ['', ...names, ...peers, 'goal', 'processor time'];
  const rows = [...measured].map(([workload, figures]) => speedRow(workload, figures));
  return lines([head, rule(head), ...rows]);
}

function speedRow(workload: Workload, figures: ReadonlyMap<Route, readonly Figure[]>): readonly string[] {
  const [direct = [], gateway = [], ...peers] = figures.values();
  const ratios = peers.map((peer) => {
    const ratio = median(gateway.map(({ value }, round) => value / (peer[round]?.value ?? Number.NaN)));
    return workload.isLess ? 1 / ratio : ratio;
  });
  const shown = [direct, gateway, ...peers].map((all) => {
    const isOther = all[0]?.protocol !== workload.protocol;
    return `${plain(median(all.map(({ value }) => value)))}${isOther ? ` (${all[0]?.protocol})` : ''}`;
  });
  const isAhead = ratios.every((ratio) => ratio > 1);
  const cpu = [gateway, ...peers].map((all) => `${median(all.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`);
  return [
    `${workload.name}, ${workload.unit}`,
    ...shown,
    ...ratios.map((ratio) => ratio.toFixed(2)),
    isAhead ? 'held (ahead)' : 'MISSED (ahead)',
    cpu.join(', '),
  ];
}

/** Memory in MiB, of every proxy; the goal is the gateway's. */
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

const plain = (value: number): string => value.toFixed(value < 10 ? 3 : 0);

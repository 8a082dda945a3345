import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { isAtLeast } from '../settings.ts';
import { encoded, shownContainer } from './shapes.ts';
import { allContainers, findContainer, type Container } from '../store/containers.ts';
import { say, theContainer, type Call } from './context.ts';

/** `list`, `inspect` and `logs`. */

/** Running ones, or all. */
export function list({ flags, place, settings }: Call): number {
  const isAll = flags.has('--all');
  const found = allContainers(place).filter(({ running }) => isAll || running !== undefined);
  if (flags.value('--format') === 'json')
    say(
      encoded(
        found.map((container) => shownContainer(container, settings.version)),
        settings.version,
      ),
    );
  else if (flags.has('--quiet')) for (const { id } of found) say(id);
  else say(tableOf(found));
  return 0;
}

function tableOf(found: readonly Container[]): string {
  const rows = found.map(({ id, configuration, running }) => [
    id,
    configuration.image.reference,
    configuration.platform.os,
    configuration.platform.architecture,
    running === undefined ? 'stopped' : 'running',
    (running?.networks ?? []).map(({ ipv4Address }) => ipv4Address).join(','),
    String(configuration.resources.cpus),
    `${configuration.resources.memoryInBytes / 2 ** 20} MB`,
  ]);
  const all = [['ID', 'IMAGE', 'OS', 'ARCH', 'STATE', 'ADDR', 'CPUS', 'MEMORY'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Before 1.0 one that is not there is left out, without an error. */
export function inspect({ flags, place, settings }: Call): number {
  const isStrict = isAtLeast(settings.version, '1.0.0');
  const found = flags.rest.flatMap((id) => {
    const container = findContainer(place, id);
    if (container === undefined && isStrict) throw new Failure('notFound', `container not found: ${id}`);
    return container ?? [];
  });
  say(
    encoded(
      found.map((container) => shownContainer(container, settings.version)),
      settings.version,
      isStrict,
    ),
  );
  return 0;
}

/** What it has said; with `--follow` also what it says from now on, until this program is ended. */
export async function logs(call: Call): Promise<number> {
  const { flags } = call;
  const { dir } = theContainer(call, flags.positional[0] ?? '');
  const path = join(dir, flags.has('--boot') ? 'boot.log' : 'stdio.log');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const count = flags.value('-n');
  const lines = text
    .replace(/\n+$/, '')
    .split('\n')
    .filter((line) => count === undefined || line !== '');
  say((count === undefined ? lines : lines.slice(-Number(count))).join('\n'));
  for (let shown = text.length; flags.has('--follow'); await sleep(FOLLOW_MS)) {
    const now = existsSync(path) ? readFileSync(path, 'utf8') : '';
    process.stdout.write(now.slice(shown));
    shown = now.length;
  }
  return 0;
}

const FOLLOW_MS = 50;

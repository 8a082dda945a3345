import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Failure, quoted } from '../failure.ts';
import { hasFault, type Settings } from '../settings.ts';
import { runningOf, say, theContainer, type Call } from './context.ts';

/** `copy`, as apple/container ContainerCopy.swift (1.2.2) and vminitd's Server+GRPC.swift have it. */

type Side =
  | { readonly kind: 'host'; readonly path: string }
  | { readonly kind: 'guest'; readonly id: string; readonly path: string };

/** A path of the guest is whole; one of the host has no colon. @throws Failure */
function sideOf(text: string): Side {
  const [first = '', path, more] = text.split(':');
  if (path === undefined) return { kind: 'host', path: text };
  if (first === '' || more !== undefined || !path.startsWith('/'))
    throw new Failure('invalidArgument', `invalid path given: ${text}`);
  return { kind: 'guest', id: first, path };
}

/** Only while the container runs. */
export function copy(call: Call): number {
  const [from, to] = call.flags.positional.map(sideOf);
  if (from?.kind === 'host' && to?.kind === 'guest') return copyIn(call, from.path, to);
  if (from?.kind === 'guest' && to?.kind === 'host') return copyOut(call, from, to.path);
  throw new Failure(
    'invalidArgument',
    from?.kind === 'guest'
      ? 'copying between containers is not supported'
      : 'one of source or destination must be a container reference (container_id:path)',
  );
}

function rootOf(call: Call, id: string, doing: string): string {
  try {
    return `/proc/${runningOf(theContainer(call, id)).initPid}/root`;
  } catch (error) {
    throw new Failure('internalError', `failed to ${doing} container ${id}`, quoted(error as Failure));
  }
}

function copyIn(
  call: Call,
  hostPath: string,
  { id, path }: { readonly id: string; readonly path: string },
): number {
  const source = statSync(resolve(hostPath), { throwIfNoEntry: false });
  if (source === undefined) throw new Failure('notFound', `source path does not exist: ${hostPath}`);
  if (hostPath.endsWith('/') && !source.isDirectory())
    throw new Failure('invalidArgument', `source path is not a directory: ${hostPath}`);
  const root = rootOf(call, id, 'copy into');
  const wanted = join(root, path);
  const isInside = path.endsWith('/') || (existsSync(wanted) && statSync(wanted).isDirectory());
  const target = isInside ? join(wanted, basename(hostPath)) : wanted;
  place(resolve(hostPath), target, call.settings);
  say(`${id}:${isInside ? join(path, basename(hostPath)) : path}`);
  return 0;
}

/** A file arrives as root's, 0644; a folder goes as a tar and keeps its modes. */
function place(source: string, target: string, settings: Settings): void {
  const isFile = statSync(source).isFile();
  const how =
    isFile && !hasFault(settings, 'copy-keeps-mode') ? ['-o', '0', '-g', '0', '-m', '0644'] : undefined;
  if (how !== undefined) return tool('install', ['-D', ...how, source, target]);
  tool('mkdir', ['-p', join(target, '..')]);
  tool('cp', ['-rT', '--preserve=mode', source, target]);
}

function copyOut(
  call: Call,
  { id, path }: { readonly id: string; readonly path: string },
  hostPath: string,
): number {
  const source = join(rootOf(call, id, 'copy from'), path);
  if (!existsSync(source))
    throw new Failure(
      'internalError',
      `failed to copy from container ${id}`,
      `notFound: "${path} does not exist"`,
    );
  const wanted = resolve(hostPath);
  const target = existsSync(wanted) && statSync(wanted).isDirectory() ? join(wanted, basename(path)) : wanted;
  tool('cp', ['-rT', '--preserve=mode', source, target]);
  say(target);
  return 0;
}

function tool(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Failure('internalError', `${program} failed: ${stderr.trim()}`);
}

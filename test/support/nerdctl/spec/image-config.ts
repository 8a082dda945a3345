import { accessSync, constants } from 'node:fs';
import { basename, join } from 'node:path';
import type { Parsed } from '../cli/flags.ts';
import type { SnapshotMount } from '../containerd/client.ts';
import { Failure } from '../failure.ts';
import type { ImageConfig, Spec } from './types.ts';
import { setAdditionalGroups, setUser } from './user.ts';
import { mergedEnv } from './values.ts';

/** What runs: of the image, and what flags change of it (create.go: generateRootfsOpts; containerd's oci.WithImageConfigArgs). */

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ProgramOrder {
  readonly flags: Parsed;
  readonly image: ImageConfig;
  /** After the image, in the call. */
  readonly args: readonly string[];
  readonly root: readonly SnapshotMount[];
  /** Where this host's programs are. */
  readonly searchPath: string;
}

/** Applies what the image says, entry point and arguments, `--init`, `--read-only`. @throws Failure */
export function applyProgram(spec: Spec, order: ProgramOrder): void {
  const { flags, image, args, root } = order;
  const { process } = spec;
  const given = image.Env ?? [];
  if (!given.some((variable) => variable.startsWith('PATH=')))
    process.env = mergedEnv(process.env ?? [], [DEFAULT_PATH]);
  process.env = mergedEnv(given.length > 0 ? given : [DEFAULT_PATH], process.env ?? []);
  process.args = [...(image.Entrypoint ?? []), ...(args.length > 0 ? args : (image.Cmd ?? []))];
  process.cwd = image.WorkingDir === undefined || image.WorkingDir === '' ? '/' : image.WorkingDir;
  if (image.User !== undefined && image.User !== '') {
    setUser(process, image.User, root);
    setAdditionalGroups(process, String(process.user.uid), root);
  } else setAdditionalGroups(process, 'root', root);
  if (flags.changed('entrypoint')) {
    process.args = [...flags.list('entrypoint'), ...args];
    if (process.args.length === 0)
      throw new Failure('no command or entrypoint provided, and no CMD or ENTRYPOINT from image');
  } else if (process.args.length === 0) throw new Failure('no arguments specified');
  if (flags.is('init') || flags.changed('init-binary')) applyInit(spec, order);
  if (flags.is('read-only')) spec.root = { ...spec.root, readonly: true };
}

function applyInit(spec: Spec, { flags, searchPath }: ProgramOrder): void {
  const name = flags.text('init-binary');
  const hostPath = lookPath(name, searchPath);
  if (hostPath === undefined) throw new Failure(`init binary "${name}" not found`);
  const destination = join('/sbin', basename(name));
  spec.process.args = [destination, '--', ...(spec.process.args ?? [])];
  spec.mounts.unshift({ destination, type: 'bind', source: hostPath, options: ['bind', 'ro'] });
}

/** A program by its name or path (Go's exec.LookPath). */
export function lookPath(name: string, searchPath: string): string | undefined {
  const places = name.includes('/') ? [name] : searchPath.split(':').map((dir) => join(dir, name));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

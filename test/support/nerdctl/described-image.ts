import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../../src/host/run.ts';

const REFERENCE = 'localhost/nerdctl-stand-in/described:1';

/** What it says of its containers. */
export const DESCRIPTION = {
  Env: ['FROM_IMAGE=yes'],
  Entrypoint: ['/bin/echo', 'entry'],
  Cmd: ['command'],
  User: 'agent',
  WorkingDir: '/home/agent',
  Labels: { 'of.the.image': 'yes' },
  Volumes: { '/etc': {} },
  StopSignal: 'SIGUSR1',
} as const;

type Descriptor = { digest: string; size: number } & Readonly<Record<string, unknown>>;

/** The small image that is laid out in a folder, with a description: another layout, in a tar. */
export async function describedImage(
  dir: string,
): Promise<{ readonly reference: string; readonly path: string }> {
  const layout = join(dir, 'described');
  cpSync(join(dir, 'layout'), layout, { recursive: true });
  const pathOf = ({ digest }: Descriptor): string =>
    join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const blob = (value: unknown, before: Descriptor): Descriptor => {
    const content = JSON.stringify(value);
    const hex = createHash('sha256').update(content).digest('hex');
    const after = { ...before, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
    writeFileSync(pathOf(after), content);
    return after;
  };
  const index = read(join(layout, 'index.json')) as { readonly manifests: readonly Descriptor[] };
  const [first] = index.manifests;
  if (first === undefined) throw new Error('the small image has no manifest');
  const manifest = read(pathOf(first)) as { readonly config: Descriptor };
  const config = read(pathOf(manifest.config)) as object;
  const described = blob({ ...config, config: DESCRIPTION }, manifest.config);
  const named = {
    ...blob({ ...manifest, config: described }, first),
    annotations: { 'io.containerd.image.name': REFERENCE, 'org.opencontainers.image.ref.name': REFERENCE },
  };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ ...index, manifests: [named] }));
  await runOrThrow('tar', ['-cf', `${layout}.tar`, '-C', layout, '.']);
  return { reference: REFERENCE, path: `${layout}.tar` };
}

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../../src/host/run.ts';

/** A small image for tests: busybox, a user, and settings; as an OCI layout, and as the files alone. */

export interface SmallImage {
  readonly reference: string;
  /** An OCI layout, for `container image load`. */
  readonly layoutPath: string;
  /** Its files, for `podman import` and `docker import` with `changes`. */
  readonly filesPath: string;
  readonly changes: readonly string[];
}

const REFERENCE = 'localhost/apple-stand-in/small:1';
const APPLETS =
  'cat chmod cut df echo env false grep head hostname id ifconfig ip kill ls mkdir mount nc printf ps pwd readlink rm seq sh sleep sort stat stty tail touch tr true tty wc yes'.split(
    ' ',
  );
const ENV = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'FROM_IMAGE=yes'];

/** Makes it in a folder. */
export async function makeSmallImage(dir: string): Promise<SmallImage> {
  const root = join(dir, 'root');
  for (const name of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'home/agent', 'run', 'var'])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/usr/bin/busybox', join(root, 'bin', 'busybox'));
  for (const applet of APPLETS) symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(
    join(root, 'etc', 'passwd'),
    'root:x:0:0::/root:/bin/sh\nagent:x:1000:1000::/home/agent:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc', 'group'), 'root:x:0:\nagent:x:1000:\nextra:x:2000:agent\n');
  writeFileSync(join(root, 'etc', 'not-executable'), 'words\n');
  const filesPath = join(dir, 'files.tar');
  await runOrThrow('chmod', ['1777', join(root, 'tmp')]);
  await runOrThrow('tar', ['-cf', filesPath, '--numeric-owner', '--owner=0', '--group=0', '-C', root, '.']);
  const layoutPath = await layOut(join(dir, 'layout'), readFileSync(filesPath));
  return { reference: REFERENCE, layoutPath, filesPath, changes: ENV.map((variable) => `ENV ${variable}`) };
}

async function layOut(dir: string, layer: Buffer): Promise<string> {
  mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true });
  const blob = (content: Buffer | string, kind: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(dir, 'blobs', 'sha256', hex), content);
    return {
      mediaType: `application/vnd.oci.image.${kind}`,
      digest: `sha256:${hex}`,
      size: Buffer.byteLength(content),
    };
  };
  const files = blob(layer, 'layer.v1.tar');
  const config = blob(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Env: ENV, Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [files.digest] },
    }),
    'config.v1+json',
  );
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [files],
    }),
    'manifest.v1+json',
  );
  const annotations = { 'org.opencontainers.image.ref.name': REFERENCE };
  writeFileSync(
    join(dir, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const path = `${dir}.tar`;
  await runOrThrow('tar', ['-cf', path, '-C', dir, '.']);
  return path;
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mount, RuntimeName } from '../../../src/drivers/driver.ts';
import type { ContainerEngine } from '../../../src/contracts/rungs.ts';
import { openTestBottle as openBubblewrap } from '../bubblewrap/bubblewrap.bottle.ts';
import { openTestBottle as openContainer, type Outcome } from '../container/container.bottle.ts';
import { onlyWhole } from '../../support/suites/mode.ts';

/** A host socket that the manifest gives to a bottle on purpose; its listener outside counts the visits. */

const GUEST_PATH = '/run/bot-bottle/test-socket';
const KNOCK = `use IO::Socket::UNIX; IO::Socket::UNIX->new(Peer => shift) or die "no way in: $!\\n"; print "in\\n"`;

let dir: string;
let server: Server;
let visits = 0;
let meant: Mount;

beforeAll(async () => {
  dir = mkdtempSync('/var/tmp/bb-sockets-');
  chmodSync(dir, 0o755);
  server = createServer((socket) => {
    visits += 1;
    socket.on('error', () => undefined).end();
  });
  server.listen(join(dir, 's'));
  await once(server, 'listening');
  chmodSync(join(dir, 's'), 0o666);
  meant = { hostPath: join(dir, 's'), guestPath: GUEST_PATH, readOnly: true, isSocket: true };
});

afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

type Knock = (mount: Mount, path: string) => Promise<Outcome>;

const inContainer =
  (engine: ContainerEngine, runtime: RuntimeName): Knock =>
  async (mount, path) => {
    const bottle = await openContainer({ engine, runtime, mounts: [mount] });
    try {
      await bottle.launch();
      return await bottle.exec(['perl', '-e', KNOCK, path]);
    } finally {
      await bottle.remove();
    }
  };

const inBubblewrap: Knock = async (mount, path) => {
  const bottle = await openBubblewrap({ spec: { mounts: [mount], cwd: '/tmp' } });
  try {
    await bottle.launch();
    return await bottle.exec(['perl', '-e', KNOCK, path]);
  } finally {
    await bottle.remove();
  }
};

describe.each([
  ['bubblewrap', inBubblewrap],
  ['runc on docker', inContainer('docker', 'runc')],
  ['runsc on docker', inContainer('docker', 'runsc')],
  ['crun on podman', inContainer('podman', 'crun')],
  ...onlyWhole([
    ['crun on docker', inContainer('docker', 'crun')],
    ['runc on podman', inContainer('podman', 'runc')],
    ['runsc on podman', inContainer('podman', 'runsc')],
  ] as const),
] as const)('%s', (_name, knock) => {
  test('a bottle can connect to a socket that is mounted as such', async () => {
    const before = visits;
    expect(await knock(meant, GUEST_PATH)).toMatchObject({ code: 0, stdout: 'in\n' });
    expect(visits).toBe(before + 1);
  });
});

describe.each([
  ['bubblewrap', inBubblewrap],
  ['runsc on docker', inContainer('docker', 'runsc')],
  ...onlyWhole([['runsc on podman', inContainer('podman', 'runsc')]] as const),
] as const)('%s', (_name, knock) => {
  test('a bottle cannot connect to a socket that lies in a mounted folder', async () => {
    const before = visits;
    const folder = { hostPath: dir, guestPath: '/opt/folder', readOnly: true };
    expect(await knock(folder, '/opt/folder/s')).toMatchObject({ stdout: '' });
    expect(visits).toBe(before);
  });
});

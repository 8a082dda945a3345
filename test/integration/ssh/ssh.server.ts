import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheDir } from '../../../src/host/paths.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';

/** Keys and SSH servers for tests. A server runs as the user of the tests, and only that user can log in. */

export interface TestKey {
  readonly path: string;
  /** `ssh-ed25519 AAAA...` */
  readonly publicKey: string;
}

/** Makes a key pair; the default is an empty passphrase. */
export async function makeKey(path: string, passphrase = ''): Promise<TestKey> {
  await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'me@laptop', '-f', path]);
  return { path, publicKey: readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ') };
}

export interface TestServer {
  readonly port: number;
  readonly user: string;
  /** The server's own public key. */
  readonly hostKey: string;
  /** Returns the number of logins. */
  logins(): number;
  /** Returns the number of connections that reached the server. */
  connections(): number;
  stop(): void;
}

/**
 * Starts a server on 127.0.0.1 that accepts these keys. Its files are in the cache folder: the server trusts no list of
 * keys below a folder in which others can write, such as /tmp.
 */
export async function startServer(authorized: readonly TestKey[]): Promise<TestServer> {
  mkdirSync(cacheDir(), { recursive: true });
  const dir = mkdtempSync(join(cacheDir(), 'test-ssh-'));
  writeFileSync(join(dir, 'authorized_keys'), authorized.map(({ publicKey }) => `${publicKey}\n`).join(''), {
    mode: 0o600,
  });
  const hostKeyPath = join(dir, 'host-key');
  const made = await runOrThrow('dropbearkey', ['-t', 'ed25519', '-f', hostKeyPath]);
  const hostKey = /^ssh-ed25519 \S+/m.exec(made)?.[0] ?? '';
  const port = await freePort();
  const args = ['-F', '-E', '-s', '-j', '-k', '-m', '-r', hostKeyPath, '-D', dir];
  const child = spawn('dropbear', [...args, '-p', `127.0.0.1:${port}`, '-P', join(dir, 'pid')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await listens(port);
  return {
    port,
    user: userInfo().username,
    hostKey,
    logins: () => log.match(/Pubkey auth succeeded/g)?.length ?? 0,
    connections: () => log.match(/Child connection from/g)?.length ?? 0,
    stop: () => {
      child.kill('SIGKILL');
      rmSync(dir, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await run('ssh-keyscan', ['-T', '1', '-p', String(port), '127.0.0.1'])).stdout !== '') return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** In the open: logs in with a key from outside of any bottle, and runs a command there. */
export async function logIn(server: TestServer, key: TestKey, command: string): Promise<string> {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'];
  const args = ['-F', 'none', '-i', key.path, ...options.flatMap((option) => ['-o', option])];
  return await runOrThrow('ssh', [...args, '-p', String(server.port), `${server.user}@127.0.0.1`, command]);
}

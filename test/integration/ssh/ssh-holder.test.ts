import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetPath } from '../../../src/host/paths.ts';
import { identify, isRunning } from '../../../src/host/processes.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { makeKey, type TestKey } from './ssh.server.ts';

/**
 * Attacks of a hostile program on the holder of its keys, through the socket that a bottle gets:
 * draft-ietf-sshm-ssh-agent.
 */

const FAILURE = 5;
const IDENTITIES_ANSWER = 12;
const EXTENSION = 27;
const MOST_CLIENTS = 16;

const dir = mkdtempSync(join(tmpdir(), 'holder-'));
const [inner, outer] = [join(dir, 'inner'), join(dir, 'outer')];
let holder: ChildProcess;
let key: TestKey;

beforeAll(async () => {
  holder = spawn('perl', [assetPath('ssh/keys.pl'), inner, outer], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout ?? holder, 'data');
  key = await makeKey(join(dir, 'key'));
  await runOrThrow('ssh-add', ['-q', key.path], { env: { SSH_AUTH_SOCK: inner } });
});

afterAll(() => {
  holder.kill('SIGTERM');
  rmSync(dir, { recursive: true });
});

const openClient = async (path = outer): Promise<Socket> => {
  const client = connect(path);
  await once(client, 'connect');
  return client;
};

const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
};

const string = (text: string): Buffer => framed(Buffer.from(text));

/** Returns the type of the answer; undefined if the connection ended instead. */
async function answerTo(message: Buffer, path = outer): Promise<number | undefined> {
  const client = await openClient(path);
  client.write(message);
  return await new Promise((resolve) => {
    client.once('data', (answer) => {
      resolve(answer[4]);
      client.destroy();
    });
    client.on('error', () => undefined);
    client.once('close', () => resolve(undefined));
  });
}

const withSocket = (path: string) => ({ env: { SSH_AUTH_SOCK: path } });

describe('messages to the SSH agent', () => {
  test('of all message types, only listing and signing reach the agent', async () => {
    const answers = new Map<number, number | undefined>();
    for (let type = 0; type < 256; type += 1) answers.set(type, await answerTo(framed(Buffer.from([type]))));
    const others = [...answers].filter(([, answer]) => answer !== FAILURE);
    // 13 has no body here: the agent itself ends the connection, or reports a failure.
    expect(others.filter(([type]) => type !== 13 && type !== EXTENSION)).toEqual([[11, IDENTITIES_ANSWER]]);
  });

  test('of the extensions, only the one that binds to a session reaches the agent', async () => {
    const extension = (name: string): Buffer =>
      framed(Buffer.concat([Buffer.from([EXTENSION]), string(name)]));
    expect(await answerTo(extension('query'))).toBe(FAILURE);
    expect(await answerTo(extension('restrict-destination-v00@openssh.com'))).toBe(FAILURE);
  });

  test('nothing can be added, removed, locked or loaded, and an agent without the holder allows all of it', async () => {
    const another = await makeKey(join(dir, 'another'));
    const tries = [['-q', another.path], ['-D'], ['-d', key.path]];
    for (const args of tries) {
      expect((await run('ssh-add', args, withSocket(outer))).exitCode).not.toBe(0);
    }
    const listed = await runOrThrow('ssh-add', ['-L'], withSocket(outer));
    expect(listed).toBe(`${key.publicKey} \n`);
    await runOrThrow('ssh-add', ['-q', another.path], withSocket(inner));
    expect((await runOrThrow('ssh-add', ['-L'], withSocket(inner))).trim().split('\n')).toHaveLength(2);
    await runOrThrow('ssh-add', ['-q', '-d', another.path], withSocket(inner));
  });

  test("a key's comment does not reach the bottle", async () => {
    expect(await runOrThrow('ssh-add', ['-L'], withSocket(inner))).toContain('me@laptop');
    expect(await runOrThrow('ssh-add', ['-L'], withSocket(outer))).not.toContain('laptop');
  });
});

describe('messages that do not stop the holder', () => {
  const list = framed(Buffer.from([11]));

  test('an empty, long or truncated message ends only its own connection', async () => {
    const tooLong = Buffer.from([0, 4, 0, 1, 11]);
    expect(await answerTo(Buffer.from([0, 0, 0, 0]))).toBeUndefined();
    expect(await answerTo(tooLong)).toBeUndefined();
    expect(await answerTo(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBeUndefined();
    (await openClient()).end(Buffer.from([0, 0, 0, 9, 13]));
    expect(await answerTo(list)).toBe(IDENTITIES_ANSWER);
  });

  test('a client that holds all connections blocks only itself, until it closes them', async () => {
    const held = await Promise.all(Array.from({ length: MOST_CLIENTS }, async () => await openClient()));
    for (const client of held) {
      client.write(list);
      await once(client, 'data');
    }
    const late = answerTo(list);
    held.forEach((client) => client.destroy());
    expect(await late).toBe(IDENTITIES_ANSWER);
  });
});

test('the holder ends when its agent does', async () => {
  const place = mkdtempSync(join(tmpdir(), 'holder-'));
  const child = spawn('perl', [assetPath('ssh/keys.pl'), join(place, 'i'), join(place, 'o')]);
  await once(child.stdout, 'data');
  const [agent = 0] = (await runOrThrow('pgrep', ['-P', String(child.pid)])).trim().split('\n').map(Number);
  const identity = identify(agent);
  expect(identity !== undefined && isRunning(identity)).toBe(true);
  process.kill(agent, 'SIGKILL');
  await once(child, 'close');
  expect(child.exitCode).toBe(1);
  rmSync(place, { recursive: true });
});

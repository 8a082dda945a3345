import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { makeAuthorities } from '../gateway/authorities.ts';
import { HOST_NAME, ORIGIN_PORT } from '../gateway/load.ts';
import { GATEWAY_PORT, startGateway } from '../gateway/ours.ts';

/** Measures how long small requests take through the gateway beside the upload of a large body. */

const ADDRESS = '127.200.0.1';
const ANSWER = 'a small answer';
const PAUSE_MS = 2;
const SETTLED = 500;

export interface Beside {
  readonly name: string;
  readonly bytes: number;
  readonly seconds: number;
  /** Times of small requests without other traffic, and during the upload. */
  readonly alone: readonly number[];
  readonly during: readonly number[];
}

/** Uploads each of `bodies` `runs` times; the first upload is a warm-up. */
export async function measureBeside(
  folder: string,
  bodies: Readonly<Record<string, Buffer>>,
  runs: number,
): Promise<readonly Beside[]> {
  const authorities = makeAuthorities(folder, HOST_NAME);
  const origin = createServer(
    { cert: readFileSync(authorities.origin.certificatePath), key: readFileSync(authorities.origin.keyPath) },
    (asked, answer) => asked.resume().once('end', () => answer.end(ANSWER)),
  ).listen(ORIGIN_PORT, '127.0.0.1');
  const { process: gateway, authorityPath } = await startGateway(
    { folder, authorities },
    { address: ADDRESS, dlp: 'block' },
  );
  try {
    const ask = await connectThrough(readFileSync(authorityPath));
    await timesOf(ask, (count) => count < SETTLED);
    const all: Beside[] = [];
    for (const [name, body] of Object.entries(bodies)) {
      const path = join(folder, 'body');
      writeFileSync(path, body);
      for (let run = 0; run <= runs; run += 1) {
        const alone = await timesOf(ask, (count) => count < SETTLED);
        const upload = spawnUpload(path, authorityPath);
        let isOver = false;
        const begunMs = performance.now();
        const over = new Promise<number>((resolve, reject) => {
          upload.once('exit', (code) => {
            isOver = true;
            if (code === 0) resolve((performance.now() - begunMs) / 1000);
            else reject(new Error(`the upload of ${name} failed: ${code}`));
          });
        });
        const during = await timesOf(ask, () => !isOver);
        const seconds = await over;
        if (run > 0) all.push({ name, bytes: body.length, seconds, alone, during });
      }
    }
    return all;
  } finally {
    gateway.kill('SIGKILL');
    origin.closeAllConnections();
    origin.close();
  }
}

function spawnUpload(path: string, authorityPath: string): ChildProcess {
  const to = ['--proxy', `http://${ADDRESS}:${GATEWAY_PORT}`, '--cacert', authorityPath];
  const what = ['--fail', '--silent', '--show-error', '--output', '/dev/null', '--data-binary', `@${path}`];
  return spawn('curl', [...to, ...what, '-H', 'Expect:', `https://${HOST_NAME}/upload`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

type Ask = () => Promise<void>;

/** Sends requests over one connection that stays open. */
async function connectThrough(authority: Buffer): Promise<Ask> {
  const options: RequestOptions = {
    host: ADDRESS,
    port: GATEWAY_PORT,
    method: 'CONNECT',
    path: `${HOST_NAME}:${ORIGIN_PORT}`,
    headers: { host: `${HOST_NAME}:${ORIGIN_PORT}` },
  };
  const secure = await new Promise<TLSSocket>((resolve, reject) => {
    request(options)
      .once('connect', ({ statusCode }, socket) => {
        if (statusCode !== 200) return reject(new Error(`the gateway answered ${statusCode}`));
        const tls = connect({ socket, servername: HOST_NAME, ca: authority }, () => resolve(tls));
        tls.once('error', reject);
      })
      .once('error', reject)
      .end();
  });
  secure.setNoDelay(true);
  return () =>
    new Promise((resolve, reject) => {
      let answer = '';
      const onData = (bytes: Buffer): void => {
        answer += bytes.toString('latin1');
        if (!answer.endsWith(ANSWER)) return;
        secure.off('data', onData).off('close', onClose);
        resolve();
      };
      const onClose = (): void => reject(new Error(`the gateway closed the connection: ${answer}`));
      secure.on('data', onData).once('close', onClose);
      secure.write(`GET /small HTTP/1.1\r\nHost: ${HOST_NAME}\r\n\r\n`);
    });
}

/** Returns the times of consecutive requests in milliseconds, while `goesOn` returns true. */
async function timesOf(ask: Ask, goesOn: (count: number) => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  while (goesOn(times.length)) {
    const begunMs = performance.now();
    await ask();
    times.push(performance.now() - begunMs);
    await sleep(PAUSE_MS);
  }
  return times;
}

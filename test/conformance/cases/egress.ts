import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AuditLine } from '../../../src/gateway/config.ts';
import { makeNonce } from '../../../src/verify/arena/nonce.ts';
import { runOrThrow } from '../../../src/host/run.ts';
import { startCapture } from '../../canary/capture.ts';
import {
  allowedAsks,
  deniedAsks,
  mismatchAsks,
  nameAsks,
  NAMES,
  rulesTo,
  type Answer,
  type Ask,
} from '../support/asks.ts';
import type { Bench } from '../support/bench.ts';
import type { LiveBottle } from '../support/live.ts';
import { openPlace, type CanaryPlace } from '../support/place.ts';

/** Tests the one way out: allowed requests succeed on every way; denied ones are explained, logged and reach nobody. */
export function egressCases(bench: Bench): void {
  let place: CanaryPlace;
  let bottle: LiveBottle;

  beforeAll(async () => {
    place = await openPlace([80, 443]);
    bottle = await bench.live('asker', ['sh', '-c', 'echo ready; cat'], {
      manifest: { allow: rulesTo(place) },
    });
  });
  afterAll(async () => {
    await bottle.stop();
    await place[Symbol.asyncDispose]();
  });

  const ask = async (
    asks: readonly Ask[],
  ): Promise<{ ask: Ask; answer: Answer; heard: readonly string[] }[]> => {
    const { stdout, stderr } = await bottle.execWith(asks, ['node', '/work/ask.mjs']);
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect({ answers: lines.length, stderr }).toMatchObject({ answers: asks.length });
    const answers = lines.map((line) => JSON.parse(line) as Answer);
    return asks.map((ask, index) => ({
      ask,
      answer: answers[index] ?? { id: ask.id },
      heard: place.canary.heard(ask.nonce),
    }));
  };

  const decisions = async (): Promise<AuditLine[]> => {
    const { stdout } = await bench.program.run(['logs', bottle.id, '--json']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditLine);
  };

  bench.case('what is allowed is heard, by every way', async () => {
    const asked = await ask(allowedAsks(place));
    expect(asked.filter(({ heard }) => heard.length === 0)).toEqual([]);
  });

  bench.case('what is denied is answered at once, with a 403 that explains, and is not heard', async () => {
    const asked = await ask(deniedAsks(place));
    for (const { answer, heard } of asked) {
      expect({ ...answer, heard }).toMatchObject({
        status: 403,
        type: 'application/json',
        heard: [],
      });
      expect(JSON.parse(answer.body ?? '')).toMatchObject({
        error: expect.stringMatching(/^denied_by_/),
        rule: expect.any(String),
        host: expect.any(String),
        reason: expect.stringMatching(/./),
        nextStep: expect.stringMatching(/./),
        forAgents: expect.stringContaining('way around'),
      });
    }
  });

  bench.case('CONNECT, Host and SNI that differ are refused in all pairings, and not heard', async () => {
    const asked = await ask(mismatchAsks(place));
    expect(asked.filter(({ heard }) => heard.length > 0)).toEqual([]);
    expect(asked.filter(({ answer }) => answer.tls === 'secure' || answer.status === 200)).toEqual([]);
    expect(asked.filter(({ answer }) => answer.error === 'no answer')).toEqual([]);
  });

  bench.case('a name that leads to an address of the host is refused, unless it is pinned', async () => {
    const host = `${place.ownName}:${place.port}`;
    const text = `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const [asked] = await ask([{ id: 'own name', nonce: 'none', kind: 'port', port: 3128, text }]);
    expect(asked?.answer).toMatchObject({ status: 403, body: expect.stringContaining('denied_by_address') });
  });

  bench.case('names that are not allowed do not exist, and nothing asks for them outside', async () => {
    const capture = await startCapture(place.address);
    const asks = nameAsks();
    const asked = await ask(asks);
    const seen = await capture.end();
    expect(asked.filter(({ answer }) => answer.error !== 'ENOTFOUND')).toEqual([]);
    expect(asks.flatMap(({ nonce }) => seen.get(nonce) ?? [])).toEqual([]);
  });

  bench.case('a ping reaches nobody, and the same ping from outside is seen', async () => {
    const capture = await startCapture(place.address);
    const [inside, outside] = [makeNonce(), makeNonce()];
    await bottle.exec(['perl', '/work/ping.pl', inside, place.address, '127.0.0.1', '255.255.255.255']);
    await runOrThrow('perl', [join(bench.projectDir, 'ping.pl'), outside, place.address]);
    const seen = await capture.end();
    expect({ inside: seen.has(inside), outside: seen.has(outside) }).toEqual({
      inside: false,
      outside: true,
    });
  });

  bench.case('names that are allowed lead to the gateway, and have no IPv6 address', async () => {
    const names = { kind: 'name', name: NAMES.http, nonce: 'none' } as const;
    const [four, six] = await ask([
      { ...names, id: 'A', type: 'A' },
      { ...names, id: 'AAAA', type: 'AAAA' },
    ]);
    const { stdout } = await bottle.exec(['sh', '-c', 'echo $HTTPS_PROXY']);
    expect(four?.answer.records).toEqual([new URL(stdout.trim()).hostname]);
    expect(six?.answer.error).toBe('ENODATA');
  });

  bench.case('a program that knows nothing of Node goes through the proxy too', async () => {
    const url = `http://${NAMES.http}:${place.port}/`;
    const script = `if command -v curl >/dev/null; then curl -sS ${url}; else wget -qO- ${url}; fi`;
    expect((await bottle.exec(['sh', '-c', script])).stdout).toBe('heard\n');
  });

  bench.case('every decision is in the log, with the rule that decided', async () => {
    const lines = await decisions();
    const told = lines.map(({ verdict, via, host, rule }) => ({ verdict, via, host, rule }));
    const [allow, deny] = ['allow', 'deny'];
    expect(told).toContainEqual({
      verdict: allow,
      via: 'proxy',
      host: NAMES.http,
      rule: `egress.allow[0] ${NAMES.http}`,
    });
    expect(told).toContainEqual({
      verdict: allow,
      via: 'connect',
      host: NAMES.tls,
      rule: `egress.allow[3] ${NAMES.tls}`,
    });
    expect(told).toContainEqual({
      verdict: allow,
      via: 'http',
      host: NAMES.http,
      rule: `egress.allow[2] ${NAMES.http}`,
    });
    expect(told).toContainEqual({
      verdict: allow,
      via: 'tls',
      host: NAMES.tls,
      rule: `egress.allow[5] ${NAMES.tls}`,
    });
    for (const via of ['proxy', 'connect', 'http', 'tls']) {
      expect(told).toContainEqual({ verdict: deny, via, host: NAMES.no, rule: 'default' });
    }
    expect(told.filter(({ verdict, via }) => verdict === deny && via === 'dns').length).toBeGreaterThan(0);
    const keys = [
      'time',
      'bottle',
      'verdict',
      'rule',
      'via',
      'host',
      'port',
      'method',
      'path',
      'reason',
      'bytes',
    ];
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(expect.arrayContaining(keys));
      expect(line.bottle).toBe(bottle.id);
    }
  });
}

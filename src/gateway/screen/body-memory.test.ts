import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BodyInspection, Passed } from '../dlp/finding.ts';
import { Kept } from '../http/kept.testing.ts';
import { holdBody } from './body.ts';
import { giveRoom } from './room.ts';

const passed = (release: Uint8Array): Passed => ({ release, findings: [], blocked: false });

test('of what was looked at, no more is kept than what was released', async () => {
  const kept = new Kept();
  const nothing = (): Passed => passed(new Uint8Array(0));
  const inspection: BodyInspection = {
    push: () => passed(kept.byteIn(8_192)),
    flush: nothing,
    end: nothing,
  };
  const client = new PassThrough();
  const holding = holdBody(client, { inspection, hasLength: true });
  for (let count = 0; count < 500; count += 1) {
    client.write('b');
    await turn();
  }
  expect(await kept.count()).toBe(0);
  client.end();
  const { body, roomBytes } = await holding;
  giveRoom(roomBytes);
  expect(Buffer.from(body as Uint8Array).toString()).toBe('a'.repeat(500));
});

test('of a client that broke off before its content is waited for, nothing is', async () => {
  const client = new PassThrough();
  client.destroy();
  await turn();
  await expect(holdBody(client, { inspection: undefined, hasLength: true })).rejects.toThrow('broke off');
});

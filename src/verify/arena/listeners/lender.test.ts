import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createVoucher, openLender, SLOT } from './lender.ts';
import { makeNonce } from '../nonce.ts';
import { ARENA_NAMES } from '../targets.ts';

const SECRET = 'the-secret';

async function answerTo(port: number, path: string): Promise<string> {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    servername: ARENA_NAMES.lends,
    headers: { host: ARENA_NAMES.lends, [SLOT]: SECRET },
    rejectUnauthorized: false,
    agent: false,
  }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return await text(response);
}

test('the lender echoes a request by each of its ways, and records it', async () => {
  await using lender = await openLender(createVoucher(), SECRET);
  expect(await answerTo(lender.port, '/echo/body')).toBe(`before ${SECRET} behind`);
  const nonce = makeNonce();
  expect(await answerTo(lender.port, `/${nonce}`)).toBe('heard\n');
  expect(lender.heard(nonce)).not.toEqual([]);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'none'])(
  'the lender takes a path named like a property of objects as a plain path: /echo/%s',
  async (name) => {
    await using lender = await openLender(createVoucher(), SECRET);
    expect(await answerTo(lender.port, `/echo/${name}`)).toBe('heard\n');
    expect(await answerTo(lender.port, '/echo/hex')).toBe(Buffer.from(SECRET).toString('hex'));
  },
);

import { CARRIERS, type Carried } from '../../../src/gateway/dlp/carriers.testing.ts';
import { family, type Send } from '../family.ts';
import { opened } from '../http1.ts';
import type { Row } from '../row.ts';
import { HOSTS, PROTECTED_SECRET } from '../rules.ts';

/** One known secret in each carrier; 100 secrets go through the same inspection in src/gateway/dlp/carriers.test.ts. */

function sendOf({ method, path, headers, body }: Carried): Send {
  return opened(HOSTS.carried, {
    method,
    target: path,
    lines: [...headers.map(([name, value]) => `${name}: ${value}`), 'X-N: NONCE'],
    ...(body.length > 0 && { body: body.toString('latin1') }),
  });
}

export const CARRYING: readonly Row[] = Object.entries(CARRIERS).flatMap(([name, carry]) =>
  family({
    id: `carrier: ${name}, nothing in it`,
    source: 'L2',
    rule: 'carried',
    send: sendOf(carry('nothing of importance')),
    tricks: [[`carrier: ${name}`, 'L1', sendOf(carry(PROTECTED_SECRET)), 'gateway.dlp']],
  }),
);

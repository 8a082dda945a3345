/**
 * Asks the gateway what a file lists, one after the other, and prints a line of JSON for each answer:
 * `node ask.mjs ASKS.json`. What it asks is in support/asks.ts; wire.cjs is that of the probes, built
 * from src/verify/guest/wire.ts and copied beside this.
 */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { open, proxy, within } from './wire.cjs';

const DEADLINE_MS = 3_000;

/** Sends a text and gives what comes back: to the end of the connection, or as soon as `isWhole` says so. */
async function exchange(socket, text, isWhole = hasItsBody) {
  let answer = '';
  const add = (chunk) => (answer += chunk.toString('latin1'));
  socket.on('data', add).write(text);
  while (!isWhole(answer) && !socket.readableEnded && !socket.destroyed) {
    await Promise.race([once(socket, 'data'), once(socket, 'end'), once(socket, 'close')]);
  }
  socket.off('data', add);
  return answer;
}

function hasItsBody(answer) {
  const [head, body] = answer.split('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

/** RFC 9110, 9.3.6: a tunnel begins after the head of a 2xx. */
const isTunnelOrWhole = (answer) => /^HTTP\/1\.[01] 2.*\r\n\r\n/s.test(answer) || hasItsBody(answer);

function parse(answer) {
  const [head, body = ''] = answer.split('\r\n\r\n');
  const type = /^content-type: ?(.*)$/im.exec(head)?.[1]?.trim();
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0), type, body };
}

/** TLS as far as the other side's first answer. `sni: null`: without a server name. */
async function hello(socket, { sni, nonce }) {
  const name = sni === null ? {} : { servername: sni };
  const tls = connectTls({ socket, ...name, ALPNProtocols: [nonce], rejectUnauthorized: false });
  const refused = new Promise((resolve) =>
    tls.once('error', (error) => resolve(error.code ?? error.message)),
  );
  return { tls: await Promise.race([once(tls, 'secureConnect').then(() => 'secure'), refused]) };
}

/** What is spoken on a connection that is open: TLS, a request, or anything. */
const speak = async (socket, ask) =>
  ask.sni === undefined ? parse(await exchange(socket, ask.text)) : await hello(socket, ask);

const ASK = {
  /** Port 3128, 80 or 443 of the gateway. */
  port: async (ask) => await speak(await open({ host: proxy().host, port: ask.port }), ask),
  tunnel: async (ask) => {
    const socket = await open(proxy());
    const request = `CONNECT ${ask.target} HTTP/1.1\r\nHost: ${ask.target}\r\n\r\n`;
    const head = parse(await exchange(socket, request, isTunnelOrWhole));
    if (head.status !== 200 || (ask.sni === undefined && ask.text === undefined)) return head;
    return { tunnel: 200, ...(await speak(socket, ask)) };
  },
  name: async ({ name, type }) => {
    const resolver = new Resolver({ timeout: 1_000, tries: 1 });
    return { records: await resolver.resolve(name, type) };
  },
};

for (const ask of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  let answer;
  try {
    answer = await within(DEADLINE_MS, ASK[ask.kind](ask));
  } catch (error) {
    answer = { error: error.code ?? error.message };
  }
  console.log(JSON.stringify({ id: ask.id, ...answer }));
}
process.exit(0);

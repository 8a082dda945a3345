/** Requests as an attacker writes them: text that no HTTP library would send. */
import { once } from 'node:events';
import { all, open, proxy, send, tunnel } from './wire.mjs';

/** Sends text to the proxy as it stands, and throws what a refusal says. */
export async function raw(text, read = send) {
  expectGood(await read(await open(proxy()), text));
}

/** Sends text into a tunnel, whatever was answered to CONNECT. */
export async function inTunnel(target, text, { connectLines = '', read = send } = {}) {
  const { socket, answer } = await tunnel(target, connectLines);
  const reply = await read(socket, text);
  if (!/ 2\d\d( |$)/.test(answer)) throw new Error(answer === '' ? 'connection closed' : answer);
  expectGood(reply);
}

/** As `send`, for several requests: waits for the end of all that is answered. */
export async function sendAll(socket, text) {
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.write(text);
  await closed;
  return Buffer.concat(chunks).toString();
}

/** Of several answers, the first that is no success is thrown. */
function expectGood(answer) {
  const statuses = answer.match(/^HTTP\/1\.[01] .*$/gm) ?? ['connection closed'];
  const bad = statuses.find((status) => !/^HTTP\/1\.[01] 2/.test(status));
  if (bad !== undefined) throw new Error(bad.trim());
}

/** The text of a request; the last on its connection, unless a line says otherwise. */
export function textOf({ method = 'GET', target, lines = [], body = '' }) {
  const end = lines.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close'];
  return `${[`${method} ${target} HTTP/1.1`, ...lines, ...end].join('\r\n')}\r\n\r\n${body}`;
}

/** The same request by both ways to a proxy: with a URL, and in a tunnel to its host. */
export function ask({ port }, { host, path, lines = [], read, ...more }) {
  const at = `${host}:${port}`;
  const headed = { lines: [`Host: ${at}`, ...lines], ...more };
  return all([
    raw(textOf({ target: `http://${at}${path}`, ...headed }), read),
    inTunnel(at, textOf({ target: path, ...headed }), { read }),
  ]);
}

/** An allowed request with these lines in place of its Host. */
export function askHeaded({ names, port }, lines, { read, ...more } = {}) {
  const at = `${names.http}:${port}`;
  return all([
    raw(textOf({ target: `http://${at}/`, lines, ...more }), read),
    inTunnel(at, textOf({ target: '/', lines, ...more }), { read }),
  ]);
}

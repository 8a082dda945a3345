import { describe, expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import type { Actions } from '../actions.ts';
import { pinnedRules } from './pinned.ts';

/** Secrets that the name before them identifies. */

const inspector = createInspector({ secrets: [], rules: pinnedRules() });
const UUID = '3f0c9a71-7be2-4c58-9d16-e2a84b5f60d7';
const VALUE = 'x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi5KxM';

function send(text: string, action: Actions = 'block', contentEncoding?: string) {
  const body = inspector.body({ host: 'h.example', where: 'body', action, contentEncoding });
  const passed = [body.push(Buffer.from(text)), body.end()];
  return {
    blocked: passed.some(({ blocked }) => blocked),
    ids: passed.flatMap(({ findings }) => findings.map(({ id }) => id)),
    left: Buffer.concat(passed.map(({ release }) => release)).toString(),
  };
}

describe('content that blocks', () => {
  test.each([
    `AWS_SECRET_ACCESS_KEY=${VALUE}\n`,
    `export DB_PASSWORD='${VALUE}'\n`,
    `DB_PASSWORD=Tr7!kQ2@vB9#xL4m\n`,
    `{"clientSecret": "${VALUE}"}`,
    String.raw`{"content":"const c = { \"password\": \"${VALUE}\" }"}`,
    String.raw`{"content":"A=1\nSTRIPE_API_KEY=${VALUE}\nB=2"}`,
    `database:\n  password: ${VALUE}\n  port: 5432\n`,
    `config['secret_key'] = "${VALUE}"`,
    `$password := "${VALUE}"`,
    `NPM_TOKEN=${VALUE}\n`,
    `postgres://app:${VALUE}@db.internal:5432/app`,
    `mongodb+srv://app:Tr7kQ2vB9xL4m@cluster0.ab1cd.mongodb.net`,
    `machine api.example login me password ${VALUE}\n`,
    `db.internal:5432:app:me:${VALUE}\n`,
    `//registry.corp.example/:_authToken=${VALUE}\n`,
    `SMTP_PASS=${VALUE}\n`,
    `api_key           =            "${VALUE}"`,
    `const key = getenv('API_KEY', '${VALUE}');`,
    `{"name": "DB_PASSWORD", "value": "${VALUE}"}`,
    `env:\n  - name: DB_PASSWORD\n    value: ${VALUE}\n`,
    `<add key="AdminPassword" value="${VALUE}"/>`,
    `variable "db_password" {\n  type    = string\n  default = "${VALUE}"\n}`,
    `SECRET_KEY = 'x7qm&2z)l9vt=4rk(8s'`,
    `Server=db;Database=app;User Id=app;Password=x7Qm=2ZpL;`,
    `new NetworkCredential("app", "${VALUE}")`,
    `ACCESS_KEY=${UUID}\n`,
    `curl -d a \\\n-u app:${VALUE}`,
    `curl -u "${VALUE}:" https://a.example`,
    `curl -X POST \\\n  -H "Authorization: Bearer ${VALUE}"`,
    `curl -H 'apikey: ${UUID}'`,
  ])('is found: %s', (text) => expect(send(text).blocked).toBe(true));

  test.each([
    ['in markup', '<key>', '</key>'],
    ['in an address', 'https://', '@a.example'],
    ['in a query', '?t=', '&v=1'],
    ['in a call', 'login(', ')'],
    ['in a table', '|', '|'],
    ['as an item', '[', ',1]'],
    ['in JSON that escapes markup', String.raw`"a\u003e`, String.raw`\u003c"`],
  ])('contains a token %s', (_, before, after) => {
    const token = ['sk', 'live', VALUE].join('_');
    expect(send(`${before}${token}${after}`).blocked).toBe(true);
  });
});

describe('content that passes', () => {
  test.each([
    'DB_PASSWORD=changeme\n',
    'password: "correct horse battery staple"\n',
    'const password = process.env.DB_PASSWORD;',
    'apiKey: defaultApiKey$2,',
    'privateKey: PRIVATE_KEY_PKCS8,',
    'KdcAdminPassword: XmlStringMaxLen256;',
    'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
    'API_KEY=${API_KEY_FROM_VAULT_1}\n',
    'API_KEY=0123456789abcdef0123456789abcdef\n',
    '"password": "$2b$12$KIXQ4b1u7f3p9VnX8m2ZQeYw0r6t5s4d3f2g1h0j9k8l7z6x5c4v3"',
    `{"nextPageToken": "${VALUE}"}`,
    `{"csrf_token": "${VALUE}", "cache_key": "${VALUE}", "public_key": "${VALUE}"}`,
    '"integrity": "sha512-9GEm8Vq3bF0lYxkzX5Zqz3d0iNqv2l9w=="',
    'postgres://user:password@localhost:5432/db',
    '//registry.corp.example/:_authToken=${NPM_TOKEN}\n',
    // From ordinary packages: types, addresses, properties, and other settings.
    'const apiKey: apigwv2.ApiKey;',
    'static readonly TWITCH: OAuth2CredentialProviderVendor;',
    'exports.AirtableOAuth2Api = AirtableOAuth2Api;',
    "mongoose.createConnection('mongodb://val:psw@127.0.0.1:27017/mydb')",
    "'http://atpass:foo%40bar@127.0.0.1/' : {",
    'name:w.COOKIE_NAME_PRERENDER_BYPASS,value:"",httpOnly:!0,sameSite:"lax",',
    '["api_key", "client_secret", "refresh_token"]',
    `access_key: 00000000-0000-0000-0000-000000000000\n`,
    `access_key: 12345678-1234-1234-1234-123456789012\n`,
    `{"key": "${UUID}", "token_id": "${UUID}", "id": "${UUID}"}`,
    'curl -H "Authorization: Bearer $TOKEN_OF_2026" https://a.example',
    'https://app.powerbi.com/view?r=eyJrIjoiYTZjMTk3YjEtMzQ4Yi00NTI5LTg6ZDItNmUyMGRlOTkwMGRlIiwidCI5IjcyZjk4OGJmLTg3ZjEtNDFhZi06MWFiLTJk&p=1',
  ])('includes %s', (text) => expect(send(text).blocked).toBe(false));
});

describe('content for the host of the model, where patterns are redacted', () => {
  test('is source code without the value', () => {
    const { blocked, left } = send(`{"content":"const password = \\"${VALUE}\\";"}`, { ...REDACTING });
    expect([blocked, left]).toEqual([
      false,
      `{"content":"const password = \\"${'*'.repeat(VALUE.length)}\\";"}`,
    ]);
  });

  test('passes with a note where the value cannot be cut out of an encoding', () => {
    const { blocked, ids } = send(Buffer.from(`DB_PASSWORD=${VALUE}\n`).toString('base64'), { ...REDACTING });
    expect([blocked, ids]).toEqual([false, ['named-secret']]);
  });

  test('is refused where an encoding hides a token of a known form', () => {
    const token = ['dckr', 'pat', 'x7Qm2ZpL9vTt4RkW8sNcB1yHd6U'].join('_');
    expect(send(Buffer.from(`t ${token} `).toString('base64'), { ...REDACTING }).blocked).toBe(true);
  });
});

const REDACTING = { secret: 'block', canary: 'block', pattern: 'redact', undecodable: 'refuse' } as const;

describe('heads of requests', () => {
  const inHead = (path: string, headers: readonly (readonly [string, string])[] = []): readonly string[] =>
    inspector.head({ host: 'h.example', path, headers }).map(({ id }) => id);

  test('block a variable of the environment', () =>
    expect(inHead(`/x?d=AWS_SECRET_ACCESS_KEY=${VALUE}`)).toContain('named-secret-in-head'));

  test.each([
    [`/x?api_key=${VALUE}`, []],
    ['/x', [['x-api-key', VALUE]] as const],
    [`/blob?sv=2021-06-08&sr=c&sig=aBBKDWQvyuVcTPH9EBp%2FXTI9E%2F%2Fmq171%2BZU178wcwqU%3D`, []],
  ])('pass with the credentials of the request: %s', (path, headers) =>
    expect(inHead(path, headers)).toEqual([]),
  );
});

const RANDOM = 'x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi5KxM';

test.each([
  ['sk-ant-oat01', RANDOM],
  ['sk-ant-api03', `${RANDOM}${RANDOM}${RANDOM.slice(0, 13)}AA`],
])('pass with a key that begins with %s at the host that issued it', (prefix, rest) => {
  const headers = [['authorization', `Bearer ${prefix}-${rest}`]] as const;
  const findings = (host: string): number => inspector.head({ host, path: '/', headers }).length;
  expect(findings('api.anthropic.com')).toBe(0);
  expect(findings('api.anthropic.com.example')).toBeGreaterThan(0);
});

describe('numbers of cards and accounts', () => {
  const CARD = '4111 1111 1111 1111';
  const IBAN = 'DE89 3704 0044 0532 0130 00';
  const ASKED = { ...REDACTING, card_numbers: 'block', iban: 'block' } as const;

  test.each([
    [`card ${CARD} `, ['card-number']],
    ['{"n":"378282246310005"}', ['card-number']],
    [`iban ${IBAN} `, ['iban']],
    ['card 4111 1111 1111 1112 ', []],
    ['iban DE89 3704 0044 0532 0130 01 ', []],
    ['at 1.4111111111111111 and 41111111111111112', []],
  ])('are found: %s', (text, ids) =>
    expect(send(text, ASKED)).toMatchObject({ blocked: ids.length > 0, ids }),
  );

  test('pass unless the rule asks for them', () =>
    expect(send(`${CARD} ${IBAN} `)).toMatchObject({ blocked: false, ids: [] }));

  test('are redacted where the rule asks for it', () =>
    expect(send(`${CARD} `, { ...ASKED, card_numbers: 'redact' }).left).toBe(`${'*'.repeat(CARD.length)} `));
});

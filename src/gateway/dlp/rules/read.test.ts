import { describe, expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';
import { compileRules } from './compile.ts';
import { entropyOf } from './entropy.ts';
import { pinnedRules } from './pinned.ts';
import { readRules } from './read.ts';

function foundBy(toml: string, text: string): string[] {
  return found(compileRules(readRules(toml, 'rules.toml')), text);
}

function found(rules: ReturnType<typeof compileRules>, ...pieces: (string | Buffer)[]): string[] {
  const body = createInspector({ secrets: [], rules }).body({ host: 'h', where: 'body', action: 'block' });
  const passed = [...pieces.map((piece) => body.push(Buffer.from(piece))), body.end()];
  return passed.flatMap(({ findings }) => findings.map(({ id, encoding }) => `${id} ${encoding}`));
}

/** Returns the findings, and whether they refuse the text. */
function judged(rules: ReturnType<typeof compileRules>, text: string): [string[], boolean] {
  const body = createInspector({ secrets: [], rules }).body({ host: 'h', where: 'body', action: 'block' });
  const { findings } = body.push(Buffer.from(text));
  const { findings: last, blocked } = body.end();
  return [[...findings, ...last].map(({ id }) => id), blocked];
}

const RULE = `[[rules]]
id = "mine"
regex = '''acme_([a-z0-9]{8})'''
keywords = ["ACME_"]
`;

describe('rules files', () => {
  test.each([
    ['plain', RULE, 'x acme_ab12cd34 y', ['mine raw']],
    ['the keyword in any case', RULE.replace("'''acme", "'''(?i)acme"), 'ACME_ab12cd34', ['mine raw']],
    ['no keywords', RULE.replace(/keywords.*/, ''), 'x acme_ab12cd34 y', ['mine raw']],
    ['too little entropy', `${RULE}entropy = 3.0\n`, 'acme_aaaaaaab ', []],
    ['enough entropy', `${RULE}entropy = 2.9\n`, 'acme_ab12cd34 ', ['mine raw']],
    ['a word that stops', `${RULE}[[rules.allowlists]]\nstopwords = ["12CD"]\n`, 'acme_ab12cd34 ', []],
    ['an allowed secret', `${RULE}[[rules.allowlists]]\nregexes = ['''^ab''']\n`, 'acme_ab12cd34 ', []],
    [
      'an allowed match',
      `${RULE}[[rules.allowlists]]\nregexTarget = "match"\nregexes = ['''my_acme''']\n`,
      'my_acme_ab12cd34 ',
      [],
    ],
    [
      'an allowed line',
      `${RULE}[[rules.allowlists]]\nregexTarget = "line"\nregexes = ['''ok$''']\n`,
      'acme_ab12cd34 ok\n',
      [],
    ],
    [
      'both or nothing',
      `${RULE}[[rules.allowlists]]\ncondition = "AND"\nregexes = ['''^ab''']\nstopwords = ["zz"]\n`,
      'acme_ab12cd34 ',
      ['mine raw'],
    ],
    [
      'a condition about paths',
      `${RULE}[[rules.allowlists]]\ncondition = "AND"\nregexes = ['''^ab''']\npaths = ['''x''']\n`,
      'acme_ab12cd34 ',
      ['mine raw'],
    ],
    ['of all rules', `[allowlist]\nstopwords = ["ab12"]\n${RULE}`, 'acme_ab12cd34 ', []],
    ['about paths alone', `[[rules]]\nid = "p"\npath = '''x'''\n`, 'x', []],
  ])('are applied as written: %s', (...[, toml, text, expected]) =>
    expect(foundBy(toml, text)).toEqual(expected),
  );

  test.each([
    ['of any file', RULE, [['mine'], true]],
    ['of files of some path', `${RULE}path = '''\\.tf$'''\n`, [['mine'], false]],
  ])('contain a rule %s', (_, toml, expected) =>
    expect(judged(compileRules(readRules(toml, 'rules.toml')), 'acme_ab12cd34 ')).toEqual(expected),
  );

  test.each([
    ['[[rules', 'rules.toml: '],
    [RULE.replace('acme_(', 'acme_(?U)('), 'rules.toml: rule mine: uses the flag U'],
    [RULE.replace('"mine"', '7'), 'rules.toml: rule number 1: id: '],
    [`${RULE}entropy = "high"\n`, 'rules.toml: rule mine: entropy: '],
    [`${RULE}[[rules.allowlists]]\nregexes = ['''(''']\n`, 'rules.toml: rule mine: has an open group'],
  ])('are refused with the content %j', (toml, reason) =>
    expect(() => readRules(toml, 'rules.toml')).toThrow(reason),
  );
});

const AWS_ID = ['AKIA', 'VCODYLSA53PQK4ZA'].join('');
const BEGIN = ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ');
const END = BEGIN.replace('BEGIN', 'END');
const ID = '0b6e7a0e-3d6c-4f2a-9b57-0a3f0d2f1c11';

describe('the pinned rules', () => {
  const rules = pinnedRules();
  const token = ['ghp', '_', 'x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAj0J4YRd'].join('');
  const slack = ['xoxb', '123456789012', '123456789012', 'aBcDeFgHiJkLmNoPqRsTuVwX'].join('-');

  test.each([
    ['a token', [`{"t":"${token}"}`], ['github-pat raw']],
    ['another', [slack, ' '], ['slack-bot-token raw']],
    ['an id of AWS without a digit', [`${['AKIA', 'VCODYLSAXPQKYZAM'].join('')} `], ['aws-access-token raw']],
    ['in base64', [Buffer.from(`t=${token}`).toString('base64')], ['github-pat base64']],
    ['over pieces', [`x ${token.slice(0, 11)}`, `${token.slice(11)} `], ['github-pat raw']],
    ['in UTF-8', [`ü„${token}“`], ['github-pat raw']],
    ['a digest', ['"integrity": "sha512-9GEm8Vq3bF0lYxkzX5Zqz3d0iNqv2l9w=="'], []],
    ['an id', ['"prompt_cache_key":"0b6e7a0e-3d6c-4f2a-9b57-0a3f0d2f1c11"'], []],
  ])('give the expected findings: %s', (_, pieces, expected) =>
    expect(found(rules, ...pieces).filter((text) => !text.startsWith('generic'))).toEqual(expected),
  );

  test('do not block where they are seldom right', () => {
    const body = createInspector({ secrets: [], rules }).body({ host: 'h', where: 'body', action: 'block' });
    body.push(Buffer.from(`heroku_key = "${ID}" `));
    const { findings, blocked, release } = body.end();
    expect([findings, blocked, release.length]).toEqual([[], false, 0]);
  });

  test.each([
    'const db = { user: "app", password: "postgres" };',
    String.raw`{ \"password\": \"wrong-password\" }`,
    '{"password": "required", "resetPassword": "resetPassword"}',
    'POSTGRES_PASSWORD: "postgres"\n',
    '"RandomPassword": "EXAMPLE-PASSWORD"\n',
    '<add key="Password" value="as in every example" />\n',
    `HEROKU_RELEASE_ID: ${ID}\n`,
    'discord_guild = 123456789012345678\n',
    `ADOBE_CLIENT_ID=${ID.replaceAll('-', '')}\n`,
    'Files are kept in Dropbox, troubleshooting is not.',
    '["CLOUDFLARE_D1_ROWS_READ","CLOUDFLARE_DURABLE_OBJECT_QUERY_BINDINGS"]',
    // Texts about keys, and programs that read them: they contain no part of a key.
    `const head = "${BEGIN}"; const foot = "${END}"; const der = atob(pem.slice(head.length, -foot.length)); // ${END}`,
    `${BEGIN}\n...paste the contents of the .pem file that you downloaded here, with its line breaks...\n${END}`,
    `${BEGIN}\nMIIEpAIBAAKCAQEA...\n...\n${END}\nand ${BEGIN.replace('PRIVATE', 'PUBLIC')}\n`,
    // A program in base64, with the line breaks of `base64`.
    'AABIjQXSI0kwix3+EAAAAAABIicEPtlABSIPAAYD6L3TwSIPBAoTSD4TyAQAAgPou\ndcYPH4AA',
    // The id of the signer.
    `GET /x?X-Amz-Credential=${AWS_ID}%2F20240601%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=ab12\n`,
    `AWS4-HMAC-SHA256 Credential=${AWS_ID}/20240601/us-east-1/s3/aws4_request, Signature=ab12\n`,
    `GET /x?AWSAccessKeyId=${AWS_ID}&Expires=1700000000&Signature=ab%2Bcd12%3D\n`,
    `https://hooks.slack.com/services/T00000000/B00000000/${'X'.repeat(24)}\n`,
    // From GitHub's documentation, and the README of @octokit/auth-token: they lack the checksum.
    `createTokenAuth("${['ghs', '16C7e42F292c6912E7710c838347Ae178B4a'].join('_')}");\n`,
    `createTokenAuth("${['ghp', 'PersonalAccessToken01245678900000000'].join('_')}");\n`,
    `createTokenAuth("${['ghs', 'InstallallationOrActionToken00000000'].join('_')}");\n`,
    `createTokenAuth("${['ghu', 'InstallationUserToServer000000000000'].join('_')}");\n`,
  ])('do not refuse %s', (text) => expect(judged(rules, text)[1]).toBe(false));

  test.each([
    'api_key = "x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3" ',
    `dropbox_key = "x7qm2zpl9vtt4rk"\n`,
    `hubspot_key = "${ID}"\n`,
    `${BEGIN}\n${'MC4CAQAwBQYDK2VwBCIEIMp0Vv8q'.padEnd(64, 'x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi')}\n${END}\n`,
    `aws_access_key_id = ${AWS_ID}\n`,
    `id=${AWS_ID}&secret=x\n`,
    `square "${['EAAA', 'EOuLQObrVwJvCvoio3H13b8Ssqz1ighmTBKZvIENW9qxirHGHkqsGcPBC1uN'].join('')}"\n`,
    `createTokenAuth("${['ghs', '16C7e42F292c6912E7710c838347Ae4H2Y7G'].join('_')}");\n`,
    ['https://hooks.slack.com/services/T1A2B3C4D/B9Z8Y7X6W', 'aB3dE5fG7hI9jK1lM2nO4pQ6\n'].join('/'),
    `HEROKU_API_KEY=${['HRKU', 'AA0x7Qm2ZpL9vTt4RkW8sNcB1yHd6UfAjE3GoVi5KxMqSrDwPzTgYbNhJcLe'].join('-')}\n`,
  ])('refuse %s', (text) => expect(judged(rules, text)[1]).toBe(true));
});

test('entropy is measured in bits per character', () => {
  expect([entropyOf('aaaa'), entropyOf('abab'), entropyOf('abcd')]).toEqual([0, 1, 2]);
});

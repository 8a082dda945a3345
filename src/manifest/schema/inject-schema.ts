import { IDENTITY_NAMES } from '../../contracts/identity-names.ts';
import * as z from 'zod';
import { isRelativeProgram } from '../../host/system/programs.ts';
import { shellLine } from '../../host/shell-words.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { argv, oneOf, text } from './schema-parts.ts';
import { parseDurationMs } from './quantities.ts';
import { argumentFault, envNameFault, hostPathFault, variableFault, type Fault } from './text-faults.ts';

/** `inject` of a rule: the identity that the gateway adds to the rule's requests, and that the agent never sees. */

/** Identities of one word; src/secrets knows the secret and the slot behind each. */

/** The slots in a request; an identity has exactly one. */
export const SLOT_KEYS = ['header', 'bearer', 'basic', 'query', 'sigv4'] as const;

/** The sources of a secret; a secret has exactly one. */
export const SOURCE_KEYS = ['env', 'file', 'command', 'keyring'] as const;

const HOST_VARIABLE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const REFERENCE = /^op:\/\/[^/\p{Cc}]+\/[^/\p{Cc}]+\/[^\p{Cc}]+$/u;

/** Returns the host variable that `secret: "${NAME}"` names, or undefined if it names none. */
export const hostVariableIn = (secret: string): string | undefined => HOST_VARIABLE.exec(secret)?.[1];

/** Refuses a literal secret: every copy of the manifest would contain it. The sentence never quotes it. */
function secretFault(secret: string): Fault {
  if (hostVariableIn(secret) !== undefined || REFERENCE.test(secret)) return undefined;
  return 'no secret stands in a manifest; say where it is: "${NAME}" for a variable of this host, "op://vault/item/field", or a map with `env`, `file`, `command` or `keyring`';
}

/**
 * Fields that frame a message, name its target or belong to one connection (RFC 9110, 7.6.1), and those that carry
 * several values of several owners (cookies).
 */
const NO_SLOT =
  /^(host|content-.*|transfer-encoding|te|trailer|connection|keep-alive|upgrade|expect|proxy-.*|http2-settings|sec-.*|cookie2?|set-cookie2?|accept.*|range|if-.*|date|via|forwarded|x-forwarded-.*|origin|referer|user-agent)$/i;

function headerFault(name: string): Fault {
  // RFC 9110, 5.1: a token.
  if (!/^[\w!#$%&'*+.^`|~-]{1,64}$/.test(name)) return 'the name of a header is meant: `x-api-key`';
  return NO_SLOT.test(name)
    ? 'this header is the connection’s, the message’s or the agent’s own and holds no identity'
    : undefined;
}

const basicUserFault = (user: string): Fault =>
  // RFC 7617, 2: a colon ends the user name.
  /^[\u0020-\u0039\u003b-\u007e]{1,128}$/.test(user)
    ? variableFault(user)
    : 'a user name without `:` is meant';

const parameterFault = (name: string): Fault =>
  /^[A-Za-z0-9._~-]{1,64}$/.test(name) ? undefined : 'the name of a query parameter is meant: `api_key`';

const durationFault = (value: string): Fault =>
  parseDurationMs(value) === undefined ? 'a time is a number with s, m or h: `90s`, `10m`, `2h`' : undefined;

const plain = (value: string): Fault =>
  /^[^\p{Cc}]{1,256}$/u.test(value) ? undefined : 'a text of one line is meant';

/** The program runs on this host as the user, so its name must not mean another program in another folder. */
const isOneProgram = ([program = '']: readonly string[]): boolean =>
  program !== '' && !isRelativeProgram(program);

/** The most characters that the user sees at once when asked whether the command may run. */
const MOST_SHOWN = 800;
const isSeenWhole = (argv: readonly string[]): boolean => escapeText(shellLine(argv)).length <= MOST_SHOWN;

const awsName = z.string().regex(/^[a-z0-9-]{1,64}$/, { error: 'a name as in AWS’s documentation is meant' });

const source = z.strictObject({
  env: text(envNameFault).describe('A variable of this host.').optional(),
  file: text(hostPathFault).describe('A file of this host that holds the secret alone.').optional(),
  command: argv(argumentFault)
    .refine(isOneProgram, {
      path: [0],
      error:
        'a program is meant: its full path, or a name that is in PATH; any other would be another one in each folder',
    })
    .refine(isSeenWhole, {
      error: `it is too long to be shown in full when you trust it: at most ${MOST_SHOWN} characters; put it into a script`,
    })
    .describe('A program whose output is the secret, with its arguments.')
    .optional(),
  refresh: text(durationFault)
    .describe(
      'command: how long its answer is good for. Default: as long as it says itself, or hosts take it.',
    )
    .optional(),
  keyring: z
    .strictObject({ service: text(plain), account: text(plain) })
    .describe('An entry of the desktop’s keyring.')
    .optional(),
});

const slot = z.strictObject({
  header: text(headerFault).describe('A header whose value is the secret.').optional(),
  bearer: z
    .boolean()
    .refine((isMeant) => isMeant, { error: 'expected `true`; other slots have separate keys' })
    .describe('`Authorization: Bearer SECRET`.')
    .optional(),
  basic: text(basicUserFault)
    .describe('The user of `Authorization: Basic`, whose password is the secret.')
    .optional(),
  query: text(parameterFault).describe('A parameter of the query.').optional(),
  sigv4: z
    .strictObject({
      service: awsName.describe('For example `s3`.'),
      region: awsName.describe('For example `eu-central-1`.'),
      access_key_id: z
        .string()
        .regex(/^[A-Z0-9]{16,128}$/, { error: 'an access key id is meant: `AKIA...`' })
        .describe(
          'Absent: `secret: { command }` prints credentials as `aws configure export-credentials` does.',
        )
        .optional(),
    })
    .describe('A signature of AWS, version 4; the secret is the secret access key.')
    .optional(),
  secret: z.union([text(secretFault), source]).describe('Where the secret is. Never the secret itself.'),
  env: text(envNameFault)
    .describe('A variable of the bottle that gets a placeholder, for programs that want to see a key.')
    .optional(),
});

export const INJECT_SCHEMA = z.union([oneOf(IDENTITY_NAMES), slot]);
export type InjectInput = z.infer<typeof INJECT_SCHEMA>;
export type SlotInput = z.infer<typeof slot>;

import * as z from 'zod';
import { oneOf } from './schema-parts.ts';

/** `dlp` of a bottle and of a rule: what the gateway does with a secret in outgoing data. */

/** From most to least restrictive. */
export const FOUND_ACTIONS = ['block', 'redact', 'warn'] as const;
export const DLP_ACTIONS = [...FOUND_ACTIONS, 'off'] as const;

/** From most to least restrictive. */
export const UNDECODABLE_ACTIONS = ['refuse', 'pass'] as const;

const detectors = z.strictObject({
  secret: oneOf(FOUND_ACTIONS)
    .describe('Secrets that are known: of identities and of protected files. Default: block.')
    .optional(),
  canary: oneOf(FOUND_ACTIONS)
    .describe('Bait that bot-bottle places in the bottle. Default: block.')
    .optional(),
  pattern: oneOf(FOUND_ACTIONS)
    .describe('What only looks like a secret. Default: block; to the model of an agent: redact.')
    .optional(),
  undecodable: oneOf(UNDECODABLE_ACTIONS)
    .describe('What nobody can look into: broken, a bomb, or in an unknown coding. Default: refuse.')
    .optional(),
  card_numbers: oneOf(FOUND_ACTIONS)
    .describe('Numbers of payment cards, by their check digit. Default: not looked for.')
    .optional(),
  iban: oneOf(FOUND_ACTIONS)
    .describe('Numbers of bank accounts (IBAN), by their check digits. Default: not looked for.')
    .optional(),
});

/** One word for all detectors, or a map by detector. */
export const DLP_SCHEMA = z.union([oneOf(DLP_ACTIONS), detectors]);
export type DlpInput = z.infer<typeof DLP_SCHEMA>;

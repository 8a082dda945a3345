import * as z from 'zod';
import { oneOf, refused, text } from './schema-parts.ts';
import { addressFault, hostFault, pathPatternFault } from './text-faults.ts';

/** A rule of `egress.allow` and `egress.deny`. What may stand beside what is in checks.ts. */

/** The package clients whose own configuration a preset reads; presets.ts has how. */
export const PRESET_NAMES = ['npm', 'pip', 'apt'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export const NEEDS_OPENED_TLS =
  'this cannot be enforced yet; it needs TLS to be opened at the gateway, which this version does not do';
export const NEEDS_INSPECTION = 'this cannot be enforced yet; this version does not look into what is sent';

export const RULE_SCHEMA = z.strictObject({
  host: text(hostFault)
    .describe('A host name, `*.example.org` for all its subdomains (not itself), or an IP address.')
    .optional(),
  preset: oneOf(PRESET_NAMES)
    .describe('The hosts that the package client of this computer is configured with, read at start.')
    .optional(),
  github: refused(`${NEEDS_OPENED_TLS}; \`host: github.com\` allows all of it`),
  port: z.int().min(1).max(65_535).describe('Default: 443, or 80 for `scheme: http`.').optional(),
  scheme: oneOf(['https', 'http'], {
    tcp: 'this cannot be enforced yet; this version forwards https and http only',
  })
    .describe('What is spoken on the port. Default: https.')
    .optional(),
  methods: z
    .array(z.string().regex(/^[A-Z]+(-[A-Z]+)*$/, { error: 'a method is written in capital letters: `GET`' }))
    .min(1)
    .describe('The HTTP methods that the rule is about; default: all. Only with `scheme: http`.')
    .optional(),
  paths: z
    .array(text(pathPatternFault))
    .min(1)
    .describe('The paths that the rule is about, with `*` and `**`; default: all. Only with `scheme: http`.')
    .optional(),
  websocket: refused(NEEDS_OPENED_TLS),
  tls: oneOf(['pass'], { open: NEEDS_OPENED_TLS })
    .describe('`pass`: TLS goes through unopened, which is what this version always does.')
    .optional(),
  inject: refused(NEEDS_OPENED_TLS),
  dlp: refused(NEEDS_INSPECTION),
  addresses: z
    .array(text(addressFault))
    .min(1)
    .describe('Dialled as they stand, without a lookup: the only way to a private address.')
    .optional(),
});

export type RuleInput = z.infer<typeof RULE_SCHEMA>;

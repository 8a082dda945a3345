import { ENGINES, NETWORK_FORMS, RUNTIME_NAMES } from '../../drivers/driver.ts';
import type { EngineName, NetworkForm, RuntimeName } from '../../drivers/driver.ts';
import { SEVERITIES, type Severity } from '../../verify/findings/finding.ts';
import { FAMILIES, type FamilyName } from '../../verify/probes/probe.ts';
import { defineVerb, JSON_FLAG, textFlag } from '../command.ts';

export type VerifyFlags = {
  readonly runtime?: RuntimeName | 'auto' | 'all';
  readonly engine?: EngineName;
  readonly networkForm?: NetworkForm;
  readonly family?: readonly FamilyName[];
  readonly probe?: readonly string[];
  readonly bottle?: string;
  readonly manifest?: string;
  readonly yes: boolean;
  readonly failOn?: Exclude<Severity, 'info'>;
  readonly open: boolean;
  readonly html?: string;
  readonly receipt?: string;
  readonly check?: string;
  readonly key?: string;
  readonly list: boolean;
  readonly json: boolean;
};

export const verify = defineVerb<VerifyFlags>({
  brief: 'Attack a live bottle from inside, and show what held',
  about: [
    'Starts a bottle on the strongest rung that is ready, or on the one that is named, and makes every probe in it: as',
    'the agent, and as root where the rung has one. Listeners outside judge, not the program that tries; the same code,',
    'aimed at what is allowed, must go through in the same bottle. Exits with 8 on any breach, on any control that',
    'failed, and on any probe that was not made for a reason that is not the rung’s or the host’s.',
    '',
    'With --bottle the bottle has the settings of one of yours: its rung, image, resources, env, rules, dlp, ssh and way of',
    'working, in a project of verify’s own. Your manifest must be trusted as for a start, and what a start needs must be',
    'there: the image with Node 20 and Perl in it, and the secrets of inject, which go to the gateway alone. Budgets and the',
    'agent are left out; the report says what else is, and why (docs/MANIFEST.md). What a setting of yours lets through is a',
    'breach, and the setting is named.',
    '',
    'It shows besides which attacks the grants of that bottle suggest: a wildcard that is too wide, a host that takes',
    'uploads, a mounted project with hooks, a secret in env. They follow from the manifest; nothing is tried for them. These',
    'findings change the exit code with --fail-on only.',
    '',
    'A receipt binds the report to what was attacked; --check says whether that is still what is here: the program, the host,',
    'the rungs as they were looked at last (bot-bottle doctor looks), and the image that bottles would be made from now. With',
    '--bottle, your manifest and its image too. It exits with 8 on anything that changed; what could not be compared is said.',
  ].join('\n'),
  examples: [
    'bot-bottle verify',
    'bot-bottle verify --runtime all --open',
    'bot-bottle verify --runtime runc --family dns --family names',
    'bot-bottle verify --html verify.html --receipt verify.json',
    'bot-bottle verify --check verify.json',
    'bot-bottle verify --check verify.json --bottle dev',
    'bot-bottle verify --bottle dev --fail-on high',
    'bot-bottle verify --list',
  ],
  parameters: {
    flags: {
      runtime: {
        kind: 'enum',
        values: ['auto', 'all', ...RUNTIME_NAMES],
        brief: 'The rung to attack; auto, the strongest that is ready, where it is left out',
        optional: true,
      },
      engine: {
        kind: 'enum',
        values: ENGINES,
        brief: 'Who makes the bottle, where several offer the runtime',
        optional: true,
      },
      networkForm: {
        kind: 'enum',
        values: NETWORK_FORMS,
        brief: 'How the bottle is closed, where the rung can do several',
        optional: true,
      },
      family: {
        kind: 'enum',
        values: Object.keys(FAMILIES) as FamilyName[],
        brief: 'Only the probes of this family; may be given several times',
        variadic: true,
        optional: true,
      },
      probe: {
        ...textFlag(
          'Only this probe, which must be of the --family where one is given; may be given several times',
          'id',
        ),
        variadic: true,
      },
      bottle: textFlag('Attack a bottle with the settings of this one, or of this agent’s', 'name'),
      manifest: textFlag('With --bottle: this manifest, and no other', 'file'),
      yes: {
        kind: 'boolean',
        brief: 'With --manifest: trust it for this run',
        default: false,
        withNegated: false,
      },
      failOn: {
        kind: 'enum',
        values: SEVERITIES.filter((severity) => severity !== 'info'),
        brief: 'With --bottle: exit with 8 on a finding of this severity, or a higher one',
        optional: true,
      },
      open: {
        kind: 'boolean',
        brief: 'Also show what the same probes do without a bottle',
        default: false,
        withNegated: false,
      },
      list: {
        kind: 'boolean',
        brief: 'List the probes; attack nothing',
        default: false,
        withNegated: false,
      },
      html: textFlag('Write the report as a page of its own', 'file'),
      receipt: textFlag('Write the report as JSON, signed by this installation', 'file'),
      check: textFlag('Check such a receipt offline, and say what has changed since; attack nothing', 'file'),
      key: textFlag(
        'With --check: the public key that must have signed, of an installation that you trust',
        'file',
      ),
      json: JSON_FLAG,
    },
  },
  load: async () => (await import('./verify-handler.ts')).handleVerify,
});

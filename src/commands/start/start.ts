import {
  BOUNDARIES,
  ENGINES,
  NETWORK_FORMS,
  RUNTIME_NAMES,
  type Boundary,
  type EngineName,
  type NetworkForm,
  type RuntimeName,
} from '../../drivers/driver.ts';
import { defineVerb, JSON_FLAG, positional, RAW_FLAG, textFlag } from '../command.ts';

export type StartFlags = {
  readonly manifest?: string;
  readonly runtime?: RuntimeName | 'auto';
  readonly minBoundary?: Boundary;
  readonly engine?: EngineName;
  readonly networkForm?: NetworkForm;
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly set?: readonly string[];
  readonly learn: boolean;
  readonly raw: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
};

export const start = defineVerb<StartFlags, [string, string?]>({
  brief: 'Run an agent in a new bottle',
  about:
    'AGENT is a name under `agents` in the manifest, PATH the project (default: this folder). The words after -- go to\n' +
    'the agent’s program; for `agent: shell` it is the command itself. The agent’s exit code is passed on.\n' +
    'At a terminal, Ctrl-p Ctrl-q detaches and leaves the agent running.\n' +
    'Removes control sequences from output to a terminal or a pipe; a file, and a pipe with --raw, get all of it.',
  examples: [
    'bot-bottle start fixer',
    'bot-bottle start fixer ~/src/app --prompt "make the tests pass"',
    "bot-bottle start prober --runtime runsc -- sh -c 'id; npm install'",
    'bot-bottle start shell --raw -- tar c . | tar t',
    'bot-bottle start fixer --dry-run',
  ],
  parameters: {
    flags: {
      manifest: textFlag('This manifest alone, instead of the project’s and your own', 'file'),
      runtime: {
        kind: 'enum',
        values: ['auto', ...RUNTIME_NAMES],
        brief: 'Instead of the manifest’s runtime',
        optional: true,
      },
      engine: {
        kind: 'enum',
        values: ENGINES,
        brief: 'The engine, if several offer the runtime',
        optional: true,
      },
      minBoundary: {
        kind: 'enum',
        values: BOUNDARIES,
        brief: 'Refuse below this; can only raise the manifest’s floor',
        optional: true,
      },
      networkForm: {
        kind: 'enum',
        values: NETWORK_FORMS,
        brief: 'How the bottle is closed, if the rung supports several ways',
        optional: true,
      },
      prompt: textFlag('A task for the agent, which then runs without a user', 'text'),
      promptFile: textFlag('The same, from a file', 'file'),
      set: {
        kind: 'parsed',
        parse: (text: string) => text,
        brief: 'Answer a `?question` of the manifest: NAME=VALUE',
        placeholder: 'name=value',
        variadic: true,
        optional: true,
      },
      yes: {
        kind: 'boolean',
        brief: 'Trust a manifest named by --manifest for this run',
        default: false,
        withNegated: false,
      },
      dryRun: {
        kind: 'boolean',
        brief: 'Print the steps without executing them',
        default: false,
        withNegated: false,
      },
      learn: {
        kind: 'boolean',
        brief: 'Let out and log requests to public hosts that no rule covers; for bottles without secrets',
        default: false,
        withNegated: false,
      },
      raw: RAW_FLAG,
      json: { ...JSON_FLAG, brief: 'With --dry-run: the plan as JSON' },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        positional('Name of the agent in the manifest', 'agent'),
        { ...positional('The project', 'path'), optional: true },
      ],
    },
  },
  takesRest: true,
  usage: '[FLAG]... <agent> [<path>] [-- COMMAND or ARGUMENT...]',
  load: async () => (await import('./start-handler.ts')).handleStart,
});

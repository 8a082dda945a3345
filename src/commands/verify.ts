import { ENGINES, NETWORK_FORMS, RUNTIME_NAMES } from '../drivers/driver.ts';
import type { EngineName, NetworkForm, RuntimeName } from '../drivers/driver.ts';
import { BottleError, EXIT_CODES } from '../errors.ts';
import { FAMILIES, type FamilyName } from '../verify/probes/probe.ts';
import { defineVerb, JSON_FLAG, textFlag } from './command.ts';

type Flags = {
  readonly runtime?: RuntimeName | 'auto' | 'all';
  readonly engine?: EngineName;
  readonly networkForm?: NetworkForm;
  readonly family?: FamilyName;
  readonly probe?: string;
  readonly open: boolean;
  readonly list: boolean;
  readonly json: boolean;
};

export const verify = defineVerb<Flags>({
  brief: 'Attack a live bottle from inside, and show what held',
  about: [
    'Starts a bottle on the strongest rung that is ready, or on the one that is named, and makes every probe in it: as',
    'the agent, and as root where the rung has one. Listeners outside judge, not the program that tries; the same code,',
    'aimed at what is allowed, must go through in the same bottle. Exits with 8 on any breach, on any control that',
    'failed, and on any probe that was not made for a reason that is not the rung’s or the host’s.',
  ].join('\n'),
  examples: [
    'bot-bottle verify',
    'bot-bottle verify --runtime all --open',
    'bot-bottle verify --runtime runc --family dns',
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
        brief: 'Only the probes of this family',
        optional: true,
      },
      probe: textFlag('Only this probe', 'id'),
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
      json: JSON_FLAG,
    },
  },
  load: async () => {
    const { runVerify } = await import('../verify/verify.ts');
    const { selectProbes } = await import('../verify/probes/index.ts');
    const { renderList } = await import('../verify/show/list.ts');
    const { renderReport } = await import('../verify/show/matrix.ts');
    const { asCalled } = await import('../ui/as-called.ts');
    const { Interrupt } = await import('../bottle/interrupt.ts');
    const { Progress } = await import('../ui/progress.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { runtime, engine, networkForm, family, probe, open, list, json } }) => {
      const probes = selectProbes({ family, probe });
      if (probes.length === 0) throw noProbe(probe);
      if (list) return json ? printJson(probes) : print(renderList(probes));
      using interrupt = new Interrupt();
      using progress = new Progress();
      const report = await runVerify({
        runtime: runtime ?? 'auto',
        engine,
        networkForm,
        probes,
        open,
        note,
        signal: interrupt.signal,
        progress: (line) => progress.step(line),
      });
      progress[Symbol.dispose]();
      if (interrupt.exitCode !== undefined) return interrupt.exitCode;
      if (json) printJson(report);
      else print(asCalled(renderReport(report)));
      return report.held ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;
    };
  },
});

const noProbe = (id: string | undefined): BottleError =>
  new BottleError(
    'usage',
    id === undefined ? 'this family has no probe yet' : `there is no probe ${id} here`,
    {
      fix: 'bot-bottle verify --list',
    },
  );

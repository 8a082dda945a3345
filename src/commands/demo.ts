import { RUNTIME_NAMES, type RuntimeName } from '../drivers/driver.ts';
import { EXIT_CODES } from '../errors.ts';
import { defineVerb, JSON_FLAG } from './command.ts';

type Flags = {
  readonly runtime?: RuntimeName | 'auto';
  readonly yes: boolean;
  readonly json: boolean;
};

export const demo = defineVerb<Flags>({
  brief: 'Watch an agent do real work in a bottle, try to get out in many ways, and be stopped',
  about: [
    'Needs no manifest, no engine and no account. Takes the strongest rung that is ready here. Every attempt is also',
    'made in the open, to show that it works there; a listener outside the bottle judges. Exits with 0 only if every',
    'attempt was stopped and all that is allowed went through, else with 8.',
  ].join('\n'),
  examples: ['bot-bottle demo', 'bot-bottle demo --runtime bubblewrap', 'bot-bottle demo --json'],
  parameters: {
    flags: {
      runtime: {
        kind: 'enum',
        values: ['auto', ...RUNTIME_NAMES],
        brief: 'The rung to show; auto, the strongest that is ready, where it is left out',
        optional: true,
      },
      yes: {
        kind: 'boolean',
        brief: 'Do not ask before apt installs bubblewrap, where nothing here can run a bottle yet',
        default: false,
        withNegated: false,
      },
      json: JSON_FLAG,
    },
  },
  load: async () => {
    const { runDemo } = await import('../demo/demo.ts');
    const { renderDemo } = await import('../demo/render.ts');
    const { asCalled } = await import('../ui/as-called.ts');
    const { Interrupt } = await import('../bottle/session/interrupt.ts');
    const { Progress } = await import('../ui/progress.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    return async ({ flags: { runtime, yes, json } }) => {
      using interrupt = new Interrupt();
      using progress = new Progress();
      const report = await runDemo({
        runtime: runtime ?? 'auto',
        yes,
        note,
        signal: interrupt.signal,
        progress: (line) => progress.step(line),
      });
      progress[Symbol.dispose]();
      if (interrupt.exitCode !== undefined) return interrupt.exitCode;
      if (json) printJson(report);
      else print(asCalled(renderDemo(report)));
      return report.summary.held ? EXIT_CODES.ok : EXIT_CODES.verifyFailed;
    };
  },
});

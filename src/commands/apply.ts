import type { ApplyReport } from '../workspace/apply/apply.ts';
import type { ApplyPlan, PathAndWhy } from '../workspace/apply/apply-plan.ts';
import { defineVerb, JSON_FLAG, positional } from './command.ts';

type Flags = { readonly dryRun: boolean; readonly executable: boolean; readonly json: boolean };

const flag = (brief: string) => ({ kind: 'boolean', brief, default: false, withNegated: false }) as const;

export const apply = defineVerb<Flags, [string]>({
  brief: 'Bring an agent’s changes into the project they came from',
  about:
    'Writes nothing if the project changed in the same places (exit code 4). Files that your own tools may run or obey by\n' +
    'themselves (programs, dotfiles, configuration at the top of the project, editor tasks, hooks, CI, agent settings,\n' +
    'package scripts), and files that the manifest names (a Dockerfile, a secret’s program), need a separate consent.',
  examples: [
    'bot-bottle apply fixer',
    'bot-bottle apply fixer --dry-run',
    'bot-bottle apply fixer --executable',
  ],
  parameters: {
    flags: {
      dryRun: flag('Show the changes without making them'),
      executable: flag('Agree to files that your tools run or obey, without being asked'),
      json: JSON_FLAG,
    },
    positional: { kind: 'tuple', parameters: [positional('Id or agent', 'bottle')] },
  },
  load: async () => {
    const { applyTo, planApplyTo } = await import('../bottle/workspace.ts');
    const { confirm } = await import('../ui/ask.ts');
    const { groupedByWhy } = await import('../ui/table.ts');
    const { note, print, printJson } = await import('../ui/print.ts');
    const { escapeText } = await import('../ui/terminal/text.ts');

    const list = (title: string, lines: readonly string[]): void => {
      if (lines.length === 0) return;
      print(`${title}:`);
      for (const line of lines) print(`  ${line}`);
    };
    const withWhy = ({ path, why }: PathAndWhy): string => `${escapeText(path)}  (${escapeText(why)})`;

    async function consent(executed: ApplyPlan['executed'], agreed: boolean): Promise<boolean> {
      if (agreed) return true;
      for (const line of groupedByWhy(executed)) note(line);
      const question =
        executed.length === 1
          ? 'this file. Apply it too?'
          : `these ${executed.length} files. Apply them too?`;
      return await confirm(`Your own tools may run or obey ${question}`, '--executable');
    }

    function printPlan(plan: ApplyPlan): void {
      list(
        'would be written or deleted',
        plan.writes.map(({ path }) => escapeText(path)),
      );
      list('needs your consent (--executable)', groupedByWhy(plan.executed));
      list('conflicts with the project', plan.conflicts.map(withWhy));
      list('stays in the bottle', plan.refused.map(withWhy));
    }

    function printReport(report: ApplyReport): void {
      list('written', report.written.map(escapeText));
      list('deleted', report.deleted.map(escapeText));
      list('stays in the bottle', report.staysInBottle.map(withWhy));
      list('branches, tags and stashes that stay in the bottle', report.newRefs.map(escapeText));
      if (report.written.length + report.deleted.length === 0) note('nothing to apply');
    }

    return async ({ flags, args: [idOrAgent] }) => {
      if (flags.dryRun) {
        const plan = await planApplyTo(idOrAgent);
        return flags.json ? printJson(plan) : printPlan(plan);
      }
      const report = await applyTo(idOrAgent, async (executed) => await consent(executed, flags.executable));
      return flags.json ? printJson(report) : printReport(report);
    };
  },
});

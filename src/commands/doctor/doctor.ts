import { deadline } from '../../host/deadline.ts';
import type { DoctorGateway, DoctorReport, DoctorRung } from '../../bottle/rungs/doctor.ts';
import { defineVerb, JSON_FLAG } from '../command.ts';

const DEADLINE_MS = 120_000;
/** Maximum characters of a reason in the table, because an engine's message may fill a page; `--json` has all of it. */
const MOST_SHOWN = 72;
const clip = (text: string): string =>
  text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN - 1)}…`;

const STATUS_STYLE = { ready: 'green', installed: 'yellow', absent: 'dim' } as const;

const renderGateway = ({ engine, status, program }: DoctorGateway): string =>
  status === 'absent' ? `${engine} (not in PATH)` : [engine, program].filter(Boolean).join(' at ');

/** Lists each fix once, with the rungs that it is for. */
function renderFixes(rungs: readonly DoctorRung[]): string[] {
  const rungsByFix = new Map<string, string[]>();
  for (const { fix, runtime, engine } of rungs) {
    if (fix === '') continue;
    const names = rungsByFix.get(fix) ?? [];
    rungsByFix.set(fix, [...names, engine === runtime ? runtime : `${runtime} on ${engine}`]);
  }
  return [...rungsByFix].flatMap(([fix, names]) => ['', `To get ${names.join(', ')}:`, `  ${fix}`]);
}

/** The full reasons that did not fit into the table. */
const renderLongReasons = (rungs: readonly DoctorRung[]): string[] =>
  rungs
    .filter(({ reason }) => clip(reason) !== reason)
    .flatMap(({ runtime, engine, reason }) => [
      '',
      `Why ${runtime} on ${engine} is not ready:`,
      `  ${reason}`,
    ]);

/** What each engine that answered reported about its host. */
const hostsOf = (rungs: readonly DoctorRung[]): string[] => [
  ...new Set(
    rungs.flatMap(({ engine, evidence: { host } }) => (host === undefined ? [] : [`${engine} on ${host}`])),
  ),
];

export const doctor = defineVerb<{ json: boolean; explain: boolean }>({
  brief: 'Check every rung of this host: whether it is ready, and how to get it',
  about: '"Ready" means that a small test on the rung succeeded just now.',
  examples: ['bot-bottle doctor', 'bot-bottle doctor --json', 'bot-bottle doctor --explain'],
  parameters: {
    flags: {
      json: JSON_FLAG,
      explain: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief:
          'Print the supported hosts of Docker and Podman, their rungs, and the choice of auto; start nothing',
      },
    },
  },
  load: async () => {
    const { examineHost } = await import('../../bottle/rungs/doctor.ts');
    const { explainAuto, explainHosts, renderAuto, renderHosts } = await import('./explain-hosts.ts');
    const { asCalled } = await import('../../ui/as-called.ts');
    const { Progress } = await import('../../ui/progress.ts');
    const { print, printJson } = await import('../../ui/print.ts');
    const { renderTable } = await import('../../ui/table.ts');
    const { styled } = await import('../../ui/colour.ts');

    function render({ host, rungs, rules, gateways }: DoctorReport): string {
      const rows = rungs.map((rung) => [
        rung.runtime,
        rung.engine,
        rung.boundary,
        styled(STATUS_STYLE[rung.status], rung.status),
        clip(rung.reason),
      ]);
      return [
        `${host.os}, kernel ${host.kernel} (${host.arch}), user ${host.user}, Node ${host.node}`,
        '',
        renderTable(['RUNTIME', 'ENGINE', 'BOUNDARY', 'STATUS', 'WHY'], rows),
        ...renderLongReasons(rungs),
        ...renderFixes(rungs),
        '',
        `Rules for secrets: ${rules.name} ${rules.version}, and bot-bottle's own`,
        `Gateways: ${gateways.map(renderGateway).join(', ')}`,
        ...hostsOf(rungs).map((found) => `Engine: ${found} (doctor --explain)`),
        '',
        renderVerdict(rungs),
      ].join('\n');
    }

    function renderVerdict(rungs: readonly DoctorRung[]): string {
      const best = rungs.find(({ status }) => status === 'ready');
      if (best === undefined) return styled('red', 'No rung is ready: nothing can be started yet.');
      return `${styled('green', 'Ready.')} runtime: auto takes ${best.runtime} (${best.boundary}). Try: bot-bottle demo`;
    }

    return async ({ flags: { json, explain } }) => {
      if (explain) {
        const [hosts, auto] = [explainHosts(), explainAuto()];
        return json
          ? printJson({ hosts, auto })
          : print(asCalled([renderHosts(hosts), renderAuto(auto)].join('\n\n\n')));
      }
      using progress = new Progress();
      progress.step('testing every rung');
      const report = await examineHost(deadline(DEADLINE_MS));
      progress[Symbol.dispose]();
      if (json) printJson(report);
      else print(asCalled(render(report)));
    };
  },
});

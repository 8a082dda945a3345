import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { renewCommand, type CheckedFile } from '../show/next.ts';
import { wrap, wrapCommand } from '../show/wrap.ts';
import type { Checked } from './check.ts';
import type { Comparison } from './compare.ts';

/** Returns the result of a check as text for users. */
export function renderChecked(checked: Checked, file: CheckedFile): string {
  const { key, madeAt, comparisons, faults, remarks, passed, report } = checked;
  const of = (verdict: Comparison['verdict']): Comparison[] =>
    comparisons.filter((each) => each.verdict === verdict);
  const [changed, unknown] = [of('changed'), of('unknown')];
  const rows = [
    ...faults,
    ...changed.map((each) => `changed since: ${nameOf(each)}: ${each.was} → ${each.is ?? 'not there'}`),
    ...(checked.genuine ? [`signed ${madeAt ?? ''} by ${key ?? ''}${whose(checked)}`] : []),
    ...(checked.genuine ? [`${of('same').length} readings are as they were`] : []),
    ...notCompared(unknown),
    ...remarks,
  ];
  const renew = report === null || passed ? [] : [renewCommand(report, file)];
  return [
    ...headOf(checked),
    ...rows.flatMap((row) => wrap(escapeText(row), '  - ')),
    ...renew.flatMap((command) => ['To make a new one:', ...wrapCommand(escapeText(command), '  ')]),
  ].join('\n');
}

function headOf({ genuine, passed, held, complete, current }: Checked): string[] {
  if (passed) return coloured('green', PASSED);
  if (!genuine) return coloured('red', 'not valid: it proves nothing here');
  const buts = [
    held === true ? undefined : 'it says that not all held',
    complete === true ? undefined : 'it is not of the whole suite',
    current === true ? undefined : 'its subject has changed since',
  ];
  const all = buts.filter((but) => but !== undefined).join('; ');
  return coloured('yellow', `genuine, but no proof: ${all}`);
}

const PASSED = 'valid: signed, unchanged, all of the suite held, and nothing is known to have changed since';

const coloured = (style: 'green' | 'yellow' | 'red', text: string): string[] =>
  wrap(text).map((line) => styled(style, line));

/** Returns one line for each reason. */
function notCompared(unknown: readonly Comparison[]): string[] {
  const reasons = new Set(unknown.map(({ whyUnknown }) => whyUnknown));
  return [...reasons].map((why) => {
    const names = unknown.filter(({ whyUnknown }) => whyUnknown === why).map(nameOf);
    return `not compared: ${names.join('; ')}${why === null ? '' : `: ${why}`}`;
  });
}

const nameOf = ({ what, rung }: Comparison): string => (rung === null ? what : `${what} (${rung})`);

const whose = ({ signer }: Checked): string =>
  signer === 'own' ? ', the key of this installation' : ', the key that was given';

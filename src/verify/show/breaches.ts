import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { VerifyReport } from '../report.ts';
import { repeatCommands } from './again.ts';
import { excerpt } from './excerpt.ts';
import { breachedIn, breachesOf, groupBy, whereBreached, type Claim } from './findings.ts';
import { plural } from './verdict.ts';
import { wrap, wrapCommand } from './wrap.ts';

/** What got out, for people at a terminal: a block for each claim, and for each setting of the user's that gave it. */

/** A block is lines. */
export function breachBlocks(report: VerifyReport): readonly (readonly string[])[] {
  const { ungranted, granted } = breachesOf(report);
  return [
    ...ungranted.map((claim) => claimBlock(claim, report)),
    ...[...granted].map(([grant, claims]) => grantBlock(grant, claims, report)),
  ];
}

const headline = (text: string): string[] =>
  wrap(escapeText(text), 'BREACHED: ').map((line) => styled('red', line));

/** A claim that was broken: where, what that means, what to do. */
function claimBlock(claim: Claim, report: VerifyReport): string[] {
  const breached = breachedIn(claim);
  const alike = groupBy(breached, ({ label, row }) => `${label}: ${row.evidence}`);
  const where = [...alike.values()].flatMap(([{ label, row }, ...others]) => {
    const users = [row.user, ...others.map(({ row }) => row.user)].join(' and as ');
    return wrap(`${escapeText(label)} as ${users}: ${excerpt(row.evidence)}`, '  got out   ');
  });
  const heldIn = claim.places.filter(({ row }) => row.result === 'held').map(({ label }) => label);
  const held = [...new Set(heldIn)].filter((label) => breached.every((place) => place.label !== label));
  return [
    ...headline(claim.claim),
    ...wrap(`${escapeText(claim.attack)} (${escapeText(claim.id)})`, '  tried     '),
    ...where,
    ...wrap(escapeText(claim.breach), '  attacker  '),
    ...wrap(held.length === 0 ? 'nowhere that it was tried' : escapeText(held.join(', ')), '  held on   '),
    ...repeatCommands(claim, report).flatMap(again),
  ];
}

/** All that one setting gave: dozens of claims are broken by it in the same way, and one line of the manifest mends them. */
function grantBlock(grant: string, claims: readonly Claim[], report: VerifyReport): string[] {
  const [command] = claims.flatMap((claim) => repeatCommands(claim, report));
  return [
    ...headline(`${plural(claims.length, 'claim')}, given by ${grant}`),
    ...[...whereBreached(claims)].flatMap(([where, ids]) =>
      wrap(escapeText(`${where}: ${ids.join(', ')}`), '  got out   '),
    ),
    ...(command === undefined ? [] : again(command)),
    ...(claims.length === 1 ? [] : ['            (each of them like this; what was seen of each: --json)']),
  ];
}

const again = (command: string): string[] => wrapCommand(escapeText(command), '  again     ');

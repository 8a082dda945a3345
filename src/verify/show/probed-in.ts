import type { BottleFindings } from '../findings/bottle.ts';
import type { SettingTaken } from '../takeover/named-bottle.ts';
import { FATE_WORDS } from '../takeover/table.ts';
import { groupBy } from './findings.ts';

/** Which bottle the probes were made in: said wherever findings are shown, because the two are easily taken for one. */

const NOT_TRIED = 'Findings follow from the manifest; nothing was tried for them.';
const IN_ARENA = `The probes were made in a bottle of verify’s own, on the rung that this bottle would get: its gateway knows no ports and no pinned addresses, so nothing could be proven in it. Not tried are its image, resources, env, workspace and rules, and not your project. ${NOT_TRIED}`;
const IN_BOTTLE = `The probes were made in a bottle with the settings of this one, and not in your project. ${NOT_TRIED}`;

/** A sentence, and a line for each group of settings with what became of them. Pure. */
export function probedIn({ probedIn: where, settings }: BottleFindings['bottle']): readonly string[] {
  if (where === 'arena') return [IN_ARENA];
  const groups = [...groupBy(settings, ({ fate, why }) => `${fate}\0${why}`).values()];
  return [IN_BOTTLE, ...groups.map(lineOf)];
}

function lineOf(group: readonly [SettingTaken, ...SettingTaken[]]): string {
  const [{ fate, why }] = group;
  const names = group.map(({ setting }) => setting).join(', ');
  return `${names}: ${FATE_WORDS[fate]}${why === '' ? '' : `; ${why}`}`;
}

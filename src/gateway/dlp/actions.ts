/** What becomes of what is found: said once for everything, or by what found it. */

/** `block` ends the request, `redact` cuts out what can be cut out and blocks for the rest, `warn` only tells. */
export type Action = 'block' | 'redact' | 'warn';

export interface ActionByDetector {
  /** Values that are known: of the bottle's identities and of protected files. */
  readonly secret: Action;
  /** What was placed in the bottle to be found. */
  readonly canary: Action;
  /** What only looks like a secret. */
  readonly pattern: Action;
  /** Of which nobody can say what is in there. */
  readonly undecodable: 'refuse' | 'pass';
  /** Numbers of payment cards, and of bank accounts. Undefined: not looked for. */
  readonly card_numbers?: Action;
  readonly iban?: Action;
  /** `pattern` was `redact`, and nothing can be cut out here (`withoutCutting`). */
  readonly isUncut?: true;
}

/** One word for all detectors, where what cannot be decoded is refused, whatever the word is. */
export type Actions = Action | ActionByDetector;

/** As people write it; what a map does not name is the strictest, or off where it is asked for. */
export type WrittenActions =
  | Action
  | { readonly [Detector in DetectorName]?: ActionByDetector[Detector] | undefined };

/** Takes each finding down and ends nothing. */
export const TELL_ALL: ActionByDetector = {
  secret: 'warn',
  canary: 'warn',
  pattern: 'warn',
  undecodable: 'pass',
  card_numbers: 'warn',
  iban: 'warn',
};

/** Looked for only where a bottle or a rule asks for it. */
export const ASKED_FOR = ['card_numbers', 'iban'] as const;
const ALWAYS = ['secret', 'canary', 'pattern', 'undecodable'] as const;
export type DetectorName = (typeof ASKED_FOR)[number] | (typeof ALWAYS)[number];

/** In the one form that says it: a word where one is enough. */
export function canonicalActions(written: WrittenActions): Actions {
  if (typeof written === 'string') return written;
  const { secret = 'block', canary = 'block', pattern = 'block', undecodable = 'refuse' } = written;
  const asked = askedFor(written);
  const isOneWord = secret === canary && secret === pattern && undecodable === 'refuse';
  return isOneWord && Object.keys(asked).length === 0
    ? secret
    : { secret, canary, pattern, undecodable, ...asked };
}

function askedFor(actions: WrittenActions): Pick<ActionByDetector, (typeof ASKED_FOR)[number]> {
  if (typeof actions === 'string') return {};
  const { card_numbers, iban } = actions;
  return { ...(card_numbers && { card_numbers }), ...(iban && { iban }) };
}

/** The action for what this detector found; `off`: nobody asked for it. */
export function actionOn(detector: DetectorName, actions: Actions): Action | 'off' {
  if (detector === 'undecodable')
    return typeof actions === 'object' && actions.undecodable === 'pass' ? 'warn' : 'block';
  if (detector === 'card_numbers' || detector === 'iban')
    return (typeof actions === 'object' && actions[detector]) || 'off';
  return typeof actions === 'string' ? actions : actions[detector];
}

/** For where nothing can be cut out of what leaves. */
export function withoutCutting(actions: Actions): Actions {
  if (typeof actions === 'string' && actions !== 'redact') return actions;
  const uncut = (action: Action): Action => (action === 'redact' ? 'block' : action);
  const { secret, canary, pattern, undecodable, ...rest } = byDetector(actions);
  const asked = askedFor(rest);
  return {
    secret: uncut(secret),
    canary: uncut(canary),
    pattern: uncut(pattern),
    undecodable,
    ...(asked.card_numbers && { card_numbers: uncut(asked.card_numbers) }),
    ...(asked.iban && { iban: uncut(asked.iban) }),
    ...(pattern === 'redact' && { isUncut: true }),
  };
}

const byDetector = (actions: Actions): ActionByDetector =>
  typeof actions === 'string'
    ? { secret: actions, canary: actions, pattern: actions, undecodable: 'refuse' }
    : actions;

/** Whether patterns block only because nothing can be cut out. */
export const isUncut = (actions: Actions): boolean => typeof actions === 'object' && actions.isUncut === true;

const STRICTNESS: readonly (Action | 'off')[] = ['off', 'warn', 'redact', 'block'];

/** Whether the one lets nothing out that the other does not, for each detector; undefined: nobody looks. */
export function isAsStrictAs(one: Actions | undefined, other: Actions | undefined): boolean {
  if (other === undefined) return true;
  if (one === undefined) return false;
  const strictness = (detector: DetectorName, actions: Actions): number =>
    STRICTNESS.indexOf(actionOn(detector, actions));
  return [...ALWAYS, ...ASKED_FOR].every(
    (detector) => strictness(detector, one) >= strictness(detector, other),
  );
}

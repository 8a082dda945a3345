import type { NetworkForm } from '../driver.ts';

/** The network forms of the engines' containers. */
export const ENGINE_FORMS = ['joined', 'holder', 'bridge'] as const satisfies readonly NetworkForm[];
export type EngineForm = (typeof ENGINE_FORMS)[number];

/** Narrows the type of a form. @throws Error for a form that no rung of an engine offers: a bug */
export function engineForm(form: NetworkForm): EngineForm {
  const known = ENGINE_FORMS.find((one) => one === form);
  if (known === undefined) throw new Error(`no engine closes a bottle in the form ${form}`);
  return known;
}

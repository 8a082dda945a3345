import { escapeText } from '../../ui/terminal/text.ts';

/** HTML that only this file makes: whatever else is put into a template is text, and is escaped. */

const TRUSTED = Symbol('trusted');

/** Made by `markup`; not by a report, which has no symbols. */
export interface Markup {
  readonly [TRUSTED]: string;
}

type Value = string | number | undefined | Markup | readonly Markup[];

/** A template of HTML. Strings in it become text, for between tags and for attributes in double quotes alike. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { [TRUSTED]: parts.reduce((text, part, at) => text + textOf(values[at - 1]) + part) };
}

/**
 * A style sheet of ours, as it stands: escapes mean nothing in it.
 * @throws Error when it could end its element
 */
export function styleElement(css: string): Markup {
  if (css.includes('<')) throw new Error('a style sheet with a < in it');
  return { [TRUSTED]: `<style>${css}</style>` };
}

/** The page itself. */
export const sourceOf = (page: Markup): string => page[TRUSTED];

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return TRUSTED in value ? value[TRUSTED] : value.map(sourceOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that can neither end its element or attribute, nor hide or turn what stands beside it. */
const escapeHtml = (text: string): string =>
  escapeText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

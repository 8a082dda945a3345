import { escapeText } from '../../ui/terminal/text.ts';

/** Builds HTML. Only templates of our code are markup; every value put into one is text, and is escaped. */

const TRUSTED = Symbol('trusted');

/** The result of `markup`. No report can contain one: JSON has no symbols. */
export interface Markup {
  readonly [TRUSTED]: string;
}

type Value = string | number | undefined | Markup | readonly Markup[];

/** Builds HTML from a template. Escapes its values, both between tags and in attributes in double quotes. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { [TRUSTED]: parts.reduce((text, part, at) => text + textOf(values[at - 1]) + part) };
}

/**
 * Returns a style element with our style sheet unchanged: escapes mean nothing there.
 * @throws Error when the style sheet could end its element
 */
export function styleElement(css: string): Markup {
  if (css.includes('<')) throw new Error('a style sheet contains <');
  return { [TRUSTED]: `<style>${css}</style>` };
}

/** Returns the text of the page. */
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

/** Escapes text: it cannot end its element or attribute, and cannot hide or reorder the text beside it. */
const escapeHtml = (text: string): string =>
  escapeText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

import { markup, sourceOf, styleElement, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** The frame of the page. Its policy forbids all that loads or runs, should anything of the kind ever get in. */

export interface Section {
  /** Of the link to it; one of ours, never of a report. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export interface Frame {
  readonly title: string;
  readonly head: Markup;
  readonly sections: readonly Section[];
  readonly foot: Markup;
}

/** A whole document. */
export function layOutPage({ title, head, sections, foot }: Frame): string {
  return sourceOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${styleElement(STYLE)}
</head>
<body>
<header>${head}</header>
<main>
${contents(sections)}
${sections.map(sectionOf)}
</main>
<footer>${foot}</footer>
</body>
</html>
`);
}

const contents = (sections: readonly Section[]): Markup =>
  markup`<nav aria-label="Contents"><ul class="contents">${sections.map(
    ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>`;

const sectionOf = ({ id, title, body }: Section): Markup => markup`
<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>`;

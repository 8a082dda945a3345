import type { Block, Fact, Line, ReasonItem, Section } from '../show/sections.ts';
import { markup, type Markup } from './markup.ts';

/** Renders the sections that the terminal prints too as HTML. */

/** Returns the blocks of a section; undefined if it has none. */
export const bodyOf = ({ blocks }: Section): Markup | undefined =>
  blocks.length === 0
    ? undefined
    : markup`${blocks.map(
        (block) => markup`
${blockOf(block)}`,
      )}`;

function blockOf(block: Block): Markup {
  switch (block.kind) {
    case 'text':
      return markup`<p>${lineOf(block.line)}</p>`;
    case 'list':
      return markup`<ul>${block.items.map(itemOf)}</ul>`;
    case 'steps':
      return markup`<ol>${block.items.map(itemOf)}</ol>`;
    case 'facts':
      return factList(block.facts);
    case 'reasons':
      return markup`<ul>${block.reasons.map(reasonOf)}</ul>`;
    case 'card':
      return markup`<article class="${CARD_CLASSES[block.label]}">
<h3>${block.label}: ${block.title}</h3>
${factList(block.facts)}
</article>`;
  }
}

const CARD_CLASSES = {
  breached: 'card',
  high: 'card',
  medium: 'grant',
  low: 'grant',
  info: 'grant',
} as const;

const itemOf = (item: Line): Markup => markup`<li>${lineOf(item)}</li>`;

const factList = (facts: readonly Fact[]): Markup =>
  markup`<dl class="facts">${facts.map(
    (fact) => markup`
<dt>${fact.label}</dt><dd>${lineOf(fact)}</dd>`,
  )}</dl>`;

const reasonOf = ({ reason, rungs }: ReasonItem): Markup =>
  markup`<li><span class="evidence">${reason}</span><ul>${rungs.map(
    ({ label, count, probes }) => markup`<li>${label}, ${count}: <code>${probes}</code></li>`,
  )}</ul></li>`;

function lineOf({ text, evidence, code, commands = [] }: Line): Markup {
  const said = [
    markup`${text}`,
    evidence === undefined ? undefined : markup`<span class="evidence">${evidence}</span>`,
    code === undefined ? undefined : markup`<code>${code}</code>`,
  ].filter((part) => part !== undefined);
  const isFirst = text === undefined && said.length === 1;
  const typed = commands.map((command, at) =>
    isFirst && at === 0 ? markup`<code>${command}</code>` : markup`<br><code>${command}</code>`,
  );
  return markup`${said}${typed}`;
}

/** The style sheet: for 400 and 1280 px, light and dark, and paper. Every pair of colours has a contrast of 4.5:1 or more. */

/** Colours of the page, of panels, and of each result with its background. */
const LIGHT = `
  color-scheme: light;
  --ground: #ffffff; --panel: #f5f6f8; --text: #1b1f24; --faint: #545d68; --line: #d3d8de;
  --held: #0f5c2e; --held-ground: #e3f4e8;
  --breached: #ffffff; --breached-ground: #b3141f; --breached-text: #a3101b;
  --unproven: #6a4600; --unproven-ground: #fdf0cd;
  --none: #4b5460; --none-ground: #e9ecf0;`;

const DARK = `
  color-scheme: dark;
  --ground: #12161b; --panel: #1a2027; --text: #e4e8ec; --faint: #a3adb8; --line: #343d47;
  --held: #8fdba8; --held-ground: #12321f;
  --breached: #ffffff; --breached-ground: #b3141f; --breached-text: #ff9a9a;
  --unproven: #f3cf7c; --unproven-ground: #3a2c08;
  --none: #b4bdc7; --none-ground: #29313a;`;

const BASE = `
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
main, header, footer { max-width: 75rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
footer { padding-bottom: 3rem; color: var(--faint); font-size: .875rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2.75rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.3rem; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.05rem; }
p, ul, ol, dl { margin: .5rem 0; max-width: 48rem; }
li { margin: .25rem 0; }
code, .evidence { font: .875em/1.45 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.faint { color: var(--faint); }
a { color: inherit; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }`;

const PARTS = `
.contents { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; max-width: none; }
.verdict { margin: 1.25rem 0; padding: 1rem 1.25rem; border-radius: .5rem; font-size: 1.125rem; font-weight: 600;
  max-width: none; }
header p { max-width: none; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; max-width: none; }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: .3rem; font-size: .875rem; font-weight: 600;
  overflow-wrap: normal; white-space: nowrap; }
.held { color: var(--held); background: var(--held-ground); }
.breached { color: var(--breached); background: var(--breached-ground); }
.unproven { color: var(--unproven); background: var(--unproven-ground); }
.none { color: var(--none); background: var(--none-ground); }
.card { margin: .75rem 0; padding: .75rem 1.25rem 1rem; border: 1px solid var(--line); border-left: .35rem solid
  var(--breached-ground); border-radius: .4rem; }
.card h3 { margin: 0 0 .5rem; color: var(--breached-text); }
dl.facts { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: .3rem 1.25rem;
  max-width: none; }
dl.facts dt { color: var(--faint); }
dl.facts dd { margin: 0; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
summary { display: grid; grid-template-columns: 1rem minmax(0, 1fr) auto; gap: .25rem .6rem; align-items: baseline;
  padding: .5rem .9rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: '\\25B8'; color: var(--faint); }
details[open] > summary::before { content: '\\25BE'; }
details[open] > summary { background: var(--panel); border-bottom: 1px solid var(--line); }
summary .badges { display: flex; flex-wrap: wrap; gap: .3rem; justify-content: flex-end; }
.body { padding: .6rem .9rem .9rem; }`;

const TABLES = `
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { padding: 0 0 .5rem; text-align: left; color: var(--faint); }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--panel); font-size: .875rem; }
tbody th { font-weight: 600; }
tfoot th, tfoot td { border-top: 2px solid var(--line); }
.families td, .families th { padding: .4rem .35rem; }
.families .badge { display: block; width: fit-content; margin: 0 0 .2rem; padding: .05rem .35rem; font-size: .8125rem; }
.families tbody th span { display: block; font-weight: 400; font-size: .8125rem; }
.rows { table-layout: fixed; }
.rows th:nth-child(1) { width: 14.5rem; }
.rows th:nth-child(2) { width: 9.5rem; }
.rows th:nth-child(3) { width: 8rem; }
.label { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }`;

/** Counts wrap where there are many rungs. */
const MEDIUM = `
.families .badge { white-space: normal; }`;

/** Shows each row as a block, and the column's name beside each cell. */
const NARROW = `
body { font-size: 15px; }
main, header, footer { padding-left: .9rem; padding-right: .9rem; }
table, thead, tbody, tfoot, tr, th, td, caption { display: block; width: auto !important; }
thead { position: absolute; width: 1px !important; height: 1px; overflow: hidden; clip-path: inset(50%); }
tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
th, td, .families th, .families td { padding: .1rem 0; border: 0 !important; }
td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .5rem; align-items: baseline; }
.label { display: inline; color: var(--faint); font-size: .875rem; font-weight: 400; }
.families .badge { display: inline-block; white-space: nowrap; margin: 0 .2rem .1rem 0; }
summary { grid-template-columns: 1rem minmax(0, 1fr); }
summary .badges { grid-column: 2; justify-content: flex-start; }
dl.facts:not(.readings) { display: block; }
dl.readings { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
dl.facts dd { margin: 0 0 .5rem; }`;

/** Unfolds all rows, where the browser can. */
const PRINT = `
html { font-size: 9.5pt; }
body { font-size: 9.5pt; line-height: 1.35; }
p, ul, ol { max-width: none; }
th, td { padding: .15rem .4rem; }
details { border-width: 1px 0 0; margin: .2rem 0; border-radius: 0; }
summary, .body { padding: .25rem 0; }
summary { grid-template-columns: minmax(0, 1fr) auto; font-weight: 600; }
main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
.badge, .verdict { print-color-adjust: exact; -webkit-print-color-adjust: exact; border: 1px solid currentColor; }
nav { display: none; }
details::details-content { content-visibility: visible; block-size: auto; }
summary::before { display: none; }
summary, tr, .card { break-inside: avoid; }
h2, h3, summary { break-after: avoid; }`;

/** The whole style sheet. */
export const STYLE = `
:root { ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
${BASE}${PARTS}${TABLES}
@media (max-width: 75rem) { ${MEDIUM} }
@media screen and (max-width: 55.99rem) { ${NARROW} }
@media print { ${PRINT} }
`;

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { escapeText } from '../../../src/ui/terminal/text.ts';
import { renderPage } from '../../../src/verify/page/page.ts';
import { openChromium, type Chromium, type Shown, type View } from '../../support/browser/chromium.ts';
import {
  ALL_KINDS,
  EIGHT_THAT_HELD,
  everywhere,
  MIXED,
  reportOf,
} from '../../support/verify/verify-report.ts';

/**
 * The page of `verify` in a real browser: in light and dark colours, on a phone and on paper; and the effect of hostile
 * evidence in it.
 */

const LOOK = readFileSync(join(import.meta.dirname, '../../support/browser/page-look.mjs'), 'utf8');
const OPEN_ALL = "document.querySelectorAll('details').forEach((details) => (details.open = true))";
const LEAST_CONTRAST = 4.5;

let chromium: Chromium;
const folder = mkdtempSync(join(tmpdir(), 'verify-page-'));

beforeAll(async () => void (chromium = await openChromium()));
afterAll(async () => {
  await chromium[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function urlOf(name: string, html: string): string {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html);
  return pathToFileURL(path).href;
}

async function lookAt(url: string, view: View): Promise<Shown> {
  const page = await chromium.show(url, view);
  await page.evaluate(LOOK);
  return page;
}

const PAGES = { mixed: MIXED, held: reportOf(EIGHT_THAT_HELD), none: reportOf([]), all: ALL_KINDS };

describe.each(Object.entries(PAGES))('%s', (name, report) => {
  const url = urlOf(name, renderPage(report));

  test.each([
    { width: 1280, colours: 'light' },
    { width: 1280, colours: 'dark' },
    { width: 400, colours: 'light' },
    { width: 400, colours: 'dark' },
  ] as const)('the page shows everything readably, at $width in $colours', async (view) => {
    await using page = await lookAt(url, view);
    expect(await page.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`)).toBe(
      view.colours === 'dark',
    );
    await page.evaluate(OPEN_ALL);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(view.width);
    expect(await page.evaluate(`pageLook.outOfSight(${view.width})`)).toEqual([]);
    const pairs = (await page.evaluate('pageLook.pairs()')) as { pair: string; contrast: number }[];
    expect(pairs.length).toBeGreaterThan(2);
    expect(pairs.filter(({ contrast }) => contrast < LEAST_CONTRAST)).toEqual([]);
    expect(page.requests).toEqual([url]);
    expect(page.complaints).toEqual([]);
  });

  test.each([320, 600, 800, 895, 897, 1024, 1201])(
    'the page is as wide as the window at %i',
    async (width) => {
      await using page = await lookAt(url, { width });
      await page.evaluate(OPEN_ALL);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.evaluate(`pageLook.outOfSight(${width})`)).toEqual([]);
    },
  );

  test('the page prints in full, with dark letters on white, including closed and dark parts', async () => {
    await using page = await lookAt(url, { width: 794, colours: 'dark', media: 'print' });
    expect(await page.evaluate('pageLook.outOfSight(794)')).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  });
});

test("the page's checks find planted faults (control)", async () => {
  const html =
    '<details><summary>s</summary><table><tr><td>row</table></details><p style="color:#aaa;width:999px">pale';
  await using page = await lookAt(urlOf('wrong', `<!doctype html>${html}`), { width: 400 });
  const seen = (await page.evaluate('pageLook.outOfSight(400)')) as string[];
  expect(seen.join('\n')).toContain('hidden: TD row');
  expect(seen.join('\n')).toContain('sticks out: P pale');
  const pairs = (await page.evaluate('pageLook.pairs()')) as { contrast: number }[];
  expect(Math.min(...pairs.map(({ contrast }) => contrast))).toBeLessThan(LEAST_CONTRAST);
});

const HOSTILE = [
  '<script>document.title = "owned"</script>',
  '</style></title></textarea><img src=x onerror=alert(1)>',
  '" onmouseover="alert(1)" x="',
  "' autofocus onfocus='alert(1)",
  '<!-- ]]> <svg onload=alert(1)>&lt;b&gt;&#60;i&#62;',
  '\u202e\u2066reversed\u0000\u001b[2J\u009b\u200b\ud800',
  'x'.repeat(5_000),
];

test('no text of a report adds an element or an attribute, loads anything, or is hidden', async () => {
  await using plain = await lookAt(urlOf('plain', renderPage(everywhere('plain'))), { width: 400 });
  const skeleton = await plain.evaluate('pageLook.skeleton()');
  for (const [at, text] of HOSTILE.entries()) {
    const url = urlOf(`hostile-${at}`, renderPage(everywhere(text)));
    await using page = await lookAt(url, { width: 400 });
    expect(await page.evaluate('pageLook.skeleton()')).toEqual(skeleton);
    expect(await page.evaluate('document.body.textContent')).toContain(escapeText(text));
    await page.evaluate(OPEN_ALL);
    expect(await page.evaluate('pageLook.outOfSight(400)')).toEqual([]);
    expect(page.requests).toEqual([url]);
    expect(page.complaints).toEqual([]);
  }
});

test("markup that gets in all the same is neither run nor loaded, by the page's policy", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const loads = [
    'img src',
    'iframe src',
    'script src',
    'link rel=stylesheet href',
    'object data',
    'video src',
  ];
  const hostile = (side: string): string =>
    `${loads.map((load, at) => `<${load}="${base}/${side}-${at}"></${load.split(' ')[0]}>`).join('')}
     <script>fetch('${base}/${side}-fetch'); document.title = 'owned'</script>`;
  const page = renderPage(PAGES.held);
  const open = page.replace(/<meta http-equiv[^>]*>/, '');
  expect(open).not.toBe(page);
  const injected = (html: string, side: string): string => html.replace('</main>', `${hostile(side)}</main>`);
  await using inTheOpen = await lookAt(urlOf('open', injected(open, 'open')), { width: 1280 });
  await using closed = await lookAt(urlOf('closed', injected(page, 'closed')), { width: 1280 });
  await expect.poll(() => new Set(asked).size).toBe(loads.length + 1);
  expect(asked.filter((path) => !path.startsWith('/open'))).toEqual([]);
  expect(await inTheOpen.evaluate('document.title')).toBe('owned');
  expect(await closed.evaluate('document.title')).toMatch(/^bot-bottle verify: held/);
  expect(closed.complaints.join('\n')).toContain('Content Security Policy');
  server.close();
});

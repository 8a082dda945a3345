import { expect, test } from 'vitest';
import { denoAnswer } from './deno.ts';

/** Output of Deno 2. */
const said = (url: string): string => `Download ${url}\nerror: Import '${url}' failed.\n`;

test('the preset deno opens where it asks for packages of JSR and npm, and Deno in a bottle asks there too', () => {
  const jsr = said('https://jsr.example/@bot-bottle/none/meta.json');
  const { urls, settings } = denoAnswer(jsr, said('https://me:s3cret@npm.example/sub/@bot-bottle%2fnone'));
  expect(urls.map((url) => new URL(url).host)).toEqual(['jsr.example', 'npm.example']);
  expect(settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({
    JSR_URL: 'https://jsr.example/',
    NPM_CONFIG_REGISTRY: 'https://npm.example/sub/',
  });
});

test('the preset deno fails where Deno names no URL', () => {
  expect(() => denoAnswer('error: something else', '')).toThrow('does not say where it asks');
});

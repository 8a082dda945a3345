import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readGatewaySecrets } from './receive.ts';

const VALUE = 'the-real-secret-0815';
const good = {
  inject: { anthropic: { value: VALUE, placeholder: 'the-placeholder-4711' } },
  protect: [{ name: '.env', value: 'x', kind: 'secret' }],
};

test('the gateway receives the secrets that the launcher wrote', () =>
  expect(readGatewaySecrets(JSON.stringify(good))).toEqual(good));

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a part', { inject: good.inject }],
  ['a list', [good]],
  [
    'a value with the end of a line',
    { ...good, inject: { a: { value: `${VALUE}\r\n`, placeholder: 'the-placeholder' } } },
  ],
  ['no placeholder', { ...good, inject: { a: { value: VALUE } } }],
  ['itself as placeholder', { ...good, inject: { a: { value: VALUE, placeholder: VALUE } } }],
  ['a number', { ...good, inject: { a: { value: 1, placeholder: VALUE } } }],
  ['a protected value of no kind', { ...good, protect: [{ name: 'a', value: VALUE }] }],
])('%s is refused without showing it', (_, message) => {
  const text = message === undefined ? `{"inject":{"a":"${VALUE}"` : JSON.stringify(message);
  const shown = (): string => {
    try {
      return `accepted ${inspect(readGatewaySecrets(text))}`;
    } catch (error) {
      return inspect(error, { depth: 9 });
    }
  };
  expect(shown()).toMatch(/^Error: /);
  expect(shown()).not.toContain(VALUE);
});

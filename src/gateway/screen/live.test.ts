import { expect, test } from 'vitest';
import { createLiveScreen } from './live.ts';

const secrets = {
  inject: { key: { value: 'first-value-of-the-key', placeholder: 'placeholder-of-the-key' } },
  protect: [],
};
const headOf = (value: string) => ({ host: 'a.example', path: '/', headers: [['x-note', value] as const] });

test('a renewed secret is lent, and what it replaced stays one', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  screen.renew({ key: 'second-value-of-the-key' });
  screen.renew({ key: 'second-value-of-the-key' });
  expect(screen.identities['key']?.value).toBe('second-value-of-the-key');
  for (const value of ['first-value-of-the-key', 'second-value-of-the-key']) {
    expect(screen.inspector.head(headOf(value))).toContainEqual(
      expect.objectContaining({ id: 'key', detector: 'secret' }),
    );
    expect(screen.scrub.text(`it is ${value}.`)).not.toContain(value);
  }
  expect(screen.inspector.head(headOf('nothing-of-the-kind'))).toEqual([]);
});

test('a secret that is not lent is not taken, and nothing is changed', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  expect(() => screen.renew({ key: 'new-value', constructor: 'x' })).toThrow('cannot be renewed');
  expect(screen.identities['key']?.value).toBe('first-value-of-the-key');
});

import { describe, expect, test } from 'vitest';
import type { RequestHead } from '../finding.ts';
import { createInspector } from '../inspector.ts';

const SECRET = '9f3c71d2e8ab4065b1f7c03d92e4a85f';
const SECRETS = [{ name: 'KEY', value: SECRET, kind: 'secret' }] as const;

const inspector = () => {
  const made = createInspector({ secrets: SECRETS, rules: [] });
  const name = (host: string) => made.name(host);
  const head = (request: RequestHead) => made.head(request);
  return { name, head };
};

const piecesOf = (size: number): string[] => SECRET.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];

describe('secrets split over consecutive host names', () => {
  test.each([16, 11])('are found in pieces of %i characters', (size) => {
    const { name } = inspector();
    const findings = piecesOf(size).flatMap((piece) => [
      ...name(`${piece}.wild.test`),
      ...name(`${piece}.wild.test`),
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ id: 'KEY', where: 'host' }));
  });

  test('are refused again when the last name is repeated', () => {
    const { name } = inspector();
    const [first = '', second = ''] = piecesOf(16);
    expect(name(`${first}.wild.test`)).toEqual([]);
    for (let again = 0; again < 3; again += 1) expect(name(`${second}.wild.test`)).not.toEqual([]);
  });
});

test('are found in two requests to two hosts', () => {
  const { head } = inspector();
  const [first = '', second = ''] = piecesOf(16);
  expect(head({ host: 'a.test', path: `/${first}`, headers: [] })).toEqual([]);
  expect(head({ host: 'b.test', path: `/${second}`, headers: [] })).toMatchObject([{ id: 'KEY' }]);
});

test('are not found in harmless names, however many', () => {
  const { name } = inspector();
  const names = Array.from(
    { length: 2_000 },
    (_, index) => `${((index * 2_654_435_761) % 2 ** 32).toString(16)}.wild.test`,
  );
  expect(names.flatMap(name)).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { canonicalActions } from '../actions.ts';
import { createInspector } from '../inspector.ts';
import { cut, pass, SECRET } from '../passing.testing.ts';
import { compileRules } from '../rules/compile.ts';
import type { Rule } from '../rules/rule.ts';

/**
 * Text that matches a pattern may be the encoding of a known value: the match must hide nothing, and redaction must
 * cover all of it.
 */

const TOKEN: Rule = { id: 'token', regex: '"token": ?"([\\w+/=-]{12,})"', keywords: ['token'] };
const SHORT: Rule = { id: 'short', regex: 'acme_([0-9a-f]{4})', keywords: ['acme_'] };
const KEY: Rule = { id: 'key', regex: 'key_[a-z0-9]{20}', keywords: ['key_'] };
const inspectorWith = (...rules: readonly Rule[]) =>
  createInspector({
    secrets: [{ name: 'API_KEY', value: SECRET, kind: 'secret' }],
    rules: compileRules({ rules, allowlists: [] }),
  });
const base64 = Buffer.from(SECRET).toString('base64');
const more = ', "and": "something else"}'.padEnd(600);

describe('a known secret in a match of a rule', () => {
  test.each([
    ['base64', base64],
    ['base64 twice', Buffer.from(base64).toString('base64')],
    ['hex', Buffer.from(SECRET).toString('hex')],
  ])('is blocked where patterns only warn: %s', (_, encoded) => {
    const body = Buffer.from(`{"token": "${encoded}"${more}`);
    for (const rule of [TOKEN, { ...TOKEN, advisory: true } as const]) {
      const { findings, blocked } = pass(
        [body],
        { action: canonicalActions({ pattern: 'warn' }) },
        inspectorWith(rule),
      );
      expect([blocked, findings.map(({ id }) => id)]).toEqual([
        true,
        expect.arrayContaining(['token', 'API_KEY']),
      ]);
    }
  });

  test('leaves overwritten where the whole match is redacted', () => {
    const body = Buffer.from(`{"token": "${base64}"${more}`);
    const { released, findings, blocked } = pass([body], { action: 'redact' }, inspectorWith(TOKEN));
    expect([blocked, released.toString()]).toEqual([
      false,
      `{"token": "${'*'.repeat(base64.length)}"${more}`,
    ]);
    expect(findings).toMatchObject([{ id: 'token', redacted: true }]);
  });

  test('is blocked where only a part of it is redacted', () => {
    const body = Buffer.from(`acme_${Buffer.from(SECRET).toString('hex')} ${more}`);
    const { findings, blocked } = pass([body], { action: 'redact' }, inspectorWith(SHORT));
    expect([blocked, findings.map(({ id }) => id)]).toEqual([true, ['short', 'API_KEY']]);
  });
});

describe('text that only looks like a secret', () => {
  const key = 'key_0123456789abcdefghij';

  test('is redacted once, even where undoing escapes shows it again', () => {
    const body = Buffer.from(`{"text": "one\\n${key}\\n two"${more}`);
    const { released, findings, blocked } = pass([body], { action: 'redact' }, inspectorWith(KEY));
    expect([blocked, findings.length]).toEqual([false, 1]);
    expect(released.toString()).toBe(body.toString().replace(key, '*'.repeat(key.length)));
  });

  test('is reported once where the rule only warns', () => {
    const body = Buffer.from(`{"text": "one\\n${key}\\n two"${more}`);
    expect(pass(cut(body, [300, 400]), { action: 'warn' }, inspectorWith(KEY)).findings).toHaveLength(1);
  });

  test('is blocked where it is also encoded', () => {
    const body = Buffer.from(`${key} ${Buffer.from(`"${key}"`).toString('base64')} ${more}`);
    const { findings, blocked } = pass([body], { action: 'redact' }, inspectorWith(KEY));
    expect([blocked, findings.map(({ encoding }) => encoding)]).toEqual([true, ['raw', 'base64']]);
  });
});

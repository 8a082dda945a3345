import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BOUND,
  MADE_AT,
  newKeys,
  nowOf,
  receiptOf,
  REPORT,
  REPORT_OF_BOTTLE,
  RUNG_REPORT,
} from '../../../test/support/verify/verify-receipt.ts';
import { keyId } from '../../bottle/log/signature.ts';
import type { VerifyReport } from '../report.ts';
import { checkReceipt, exitCodeOfCheck, type Checked, type Now } from './check.ts';
import { sealEnvelope } from './envelope.ts';
import { renderChecked } from './render.ts';

const { privateKey, publicKey } = newKeys();
const other = newKeys();
const RECEIPT = receiptOf(privateKey);

const check = (more: Partial<Now> = {}, text = RECEIPT) => checkReceipt(text, nowOf(publicKey, more));
const checkReport = (report: Partial<VerifyReport>) =>
  check({}, receiptOf(privateKey, { ...REPORT, ...report }));
/** Joins the output into one line. */
const rendered = (checked: Checked): string => textOf(checked).replaceAll(/\s+/g, ' ');
const changed = (more: Partial<Now>): string[] =>
  check(more)
    .comparisons.filter(({ verdict }) => verdict === 'changed')
    .map(({ what, was, is }) => `${what}: ${was} → ${is}`);

const FILE = { receiptPath: 'verify.json', bottle: undefined, manifestPath: undefined };
const textOf = (checked: Checked): string => stripVTControlCharacters(renderChecked(checked, FILE));

const NOTHING = {
  genuine: false,
  current: null,
  held: null,
  complete: null,
  passed: false,
  madeAt: null,
  comparisons: [],
  report: null,
};

describe('the signer of a receipt', () => {
  test('a receipt of this installation passes, and returns its report', () => {
    const checked = check();
    const all = { genuine: true, current: true, held: true, complete: true, passed: true };
    expect(checked).toMatchObject({ signer: 'own', ...all, faults: [], remarks: [], report: REPORT });
    expect(checked).toMatchObject({ key: keyId(publicKey), madeAt: MADE_AT.toISOString() });
    expect(checked.comparisons.every(({ verdict }) => verdict === 'same')).toBe(true);
    expect(exitCodeOfCheck(checked)).toBe(0);
  });

  test('a receipt of an installation whose key was given passes', () => {
    const theirs = checkReceipt(receiptOf(other.privateKey), nowOf(other.publicKey, { isGivenKey: true }));
    expect(theirs).toMatchObject({ signer: 'given', passed: true });
    expect(check({ isGivenKey: true }, receiptOf(other.privateKey))).toMatchObject({
      ...NOTHING,
      signer: 'other',
      faults: [expect.stringContaining('not by the one that was given')],
    });
  });

  test.each([
    ['another key', publicKey],
    ['no key here', undefined],
  ])('a receipt of another installation: %s', (_, key) => {
    const checked = checkReceipt(receiptOf(other.privateKey), nowOf(key));
    expect(checked).toMatchObject({ ...NOTHING, signer: 'other', key: keyId(other.publicKey) });
    expect(checked.faults).toEqual([expect.stringMatching(/another installation's.*logs key/)]);
    expect(exitCodeOfCheck(checked)).toBe(8);
  });

  test('a changed receipt, and a file that is none, have no signer', () => {
    const { payload } = JSON.parse(receiptOf(other.privateKey)) as { payload: string };
    const better = Buffer.from(payload, 'base64').toString().replace('"held":1', '"held":9');
    const forged = JSON.stringify(
      { ...JSON.parse(RECEIPT), payload: Buffer.from(better).toString('base64') },
      null,
      2,
    );
    expect(check({}, `${forged}\n`)).toMatchObject({ ...NOTHING, signer: 'invalid' });
    expect(check({}, `${RECEIPT} `)).toMatchObject({ ...NOTHING, signer: 'malformed', key: null });
  });

  test('a receipt of another version is refused', () => {
    const payload = JSON.parse(
      Buffer.from((JSON.parse(RECEIPT) as { payload: string }).payload, 'base64').toString(),
    ) as object;
    const seal = (content: unknown): string =>
      sealEnvelope(Buffer.from(JSON.stringify(content) ?? ''), privateKey);
    const texts = [
      ...[undefined, null, [], {}, { ...payload, version: 2 }, { ...payload, madeAt: 'soon' }].map(seal),
      sealEnvelope(Buffer.from(`\uFEFF${JSON.stringify(payload)}`), privateKey),
      sealEnvelope(Buffer.from([0xff, 0x7b, 0x7d]), privateKey),
    ];
    for (const text of texts) expect(check({}, text)).toMatchObject({ ...NOTHING, signer: 'own' });
    expect(check({}, seal({ ...payload, added: 1 }))).toMatchObject({ passed: true });
  });

  test('any sealed or unsealed text gets a verdict without an exception, and only ours pass', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (json, isSealed) => {
        const text = isSealed ? sealEnvelope(Buffer.from(json), privateKey) : json;
        const checked = check({}, text);
        expect(checked).toMatchObject(NOTHING);
        expect(rendered(checked)).toContain('not valid');
      }),
    );
  });
});

describe('changes since a receipt', () => {
  const [rung] = nowOf(publicKey).rungs;
  if (rung === undefined) throw new Error('the sample has no rung');
  const { host } = REPORT;

  test.each<[string, Partial<Now>, string]>([
    ['the program', { botBottleVersion: '1.2.4' }, 'bot-bottle: 1.2.3 → 1.2.4'],
    ['the suite', { suite: { digest: 'sha256:x', probes: [] } }, 'suite of probes: sha256:5 → sha256:x'],
    ['the gateway', { gatewayDigest: 'sha256:x' }, 'gateway: sha256:6 → sha256:x'],
    ['the gateway, which is gone', { gatewayDigest: undefined }, 'gateway: sha256:6 → null'],
    ['the kernel', { host: { ...host, kernel: '7' } }, 'host: kernel: 6.1.0 → 7'],
    ['the system', { host: { ...host, system: 'Other' } }, 'host: system: Some Linux 12 → Other'],
    ['the machine', { host: { ...host, architecture: 'arm64' } }, 'host: architecture: x64 → arm64'],
    [
      'the runtime',
      { rungs: [{ ...rung, evidence: { kernel: '6.1.0', bwrap: '0.9.0' } }] },
      'bwrap: 0.8.0 → 0.9.0',
    ],
    [
      'the runtime, which says its version no more',
      { rungs: [{ ...rung, evidence: { kernel: '6.1.0' } }] },
      'bwrap: 0.8.0 → null',
    ],
    ['the rung', { rungs: [{ ...rung, status: 'absent' }] }, 'rung: ready → absent'],
    ['the image', { rungs: [{ ...rung, image: { digest: 'sha256:x' } }] }, 'image: sha256:8 → sha256:x'],
  ])('a change since the receipt is found: %s', (_, more, said) => {
    const checked = check(more);
    expect(changed(more)).toEqual([said]);
    expect(checked).toMatchObject({ genuine: true, current: false, passed: false });
    expect(exitCodeOfCheck(checked)).toBe(8);
    expect(rendered(checked)).toContain('changed since');
  });

  test('a part that was not read is neither the same nor changed, and is reported', () => {
    const gone = { ...rung, image: { whyNot: 'it went away' } };
    const added = { ...rung, evidence: { ...rung.evidence, added: '1' } };
    const whats = (...rungs: Now['rungs']) =>
      check({ rungs })
        .comparisons.filter(({ verdict }) => verdict === 'unknown')
        .map(({ what }) => what);
    expect(whats()).toEqual(['rung']);
    expect(whats({ ...rung, rung: { runtime: 'runc', engine: 'docker' } })).toEqual(['rung']);
    expect(whats(gone)).toEqual(['image']);
    expect(whats(added)).toEqual(['added']);
    for (const rungs of [[], [gone], [added]]) expect(check({ rungs })).toMatchObject({ passed: true });
  });

  test('a change is reported with its reason, each reason once, and with the remedy', () => {
    const words = (more: Partial<Now>) =>
      textOf(check(more))
        .split(/\n(?! {4})/)
        .map((item) => item.replaceAll(/\s+/g, ' '))
        .filter((item) => item.includes('not compared'));
    expect(words({})).toEqual([]);
    expect(words({ rungs: [] })).toEqual([
      expect.stringMatching(/not compared: rung \(bubblewrap under .*\): not tested .*bot-bottle doctor/),
    ]);
    const evidence = { ...rung.evidence, a: '1', b: '2' };
    expect(words({ rungs: [{ ...rung, image: { whyNot: 'it went \u001B[2J away' }, evidence }] })).toEqual([
      String.raw` - not compared: image (bubblewrap under bubblewrap, joined): it went \u{1b}[2J away`,
      expect.stringMatching(/not compared: a \(.*\); b \(.*\): the receipt does not have it/),
    ]);
  });

  test.each([
    [30, []],
    [31, ['it is 31 days old']],
    [-1, [expect.stringContaining('still to come')]],
  ])('a receipt older than %s days is reported, and not refused', (days, remarks) => {
    const at = new Date(MADE_AT.getTime() + days * 86_400_000);
    expect(check({ at })).toMatchObject({ passed: true, remarks });
  });
});

describe('the proof of a receipt', () => {
  test('a receipt of a bottle that did not hold proves nothing', () => {
    const checked = checkReport({ held: false });
    expect(checked).toMatchObject({ genuine: true, held: false, passed: false });
    expect(rendered(checked)).toContain('genuine, but no proof: it says that not all held');
  });

  test('a receipt without all probes, with a failed rung or without any proves only a part', () => {
    const part = receiptOf(privateKey, REPORT, { ...BOUND, suiteProbes: ['tcp-host', 'udp-host', 'x'] });
    expect(check({}, part)).toMatchObject({
      complete: false,
      passed: false,
      faults: ["bubblewrap under bubblewrap, joined: 2 of the suite's 3 probes were not made: udp-host, x"],
    });
    const many = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const most = check({}, receiptOf(privateKey, REPORT, { ...BOUND, suiteProbes: ['tcp-host', ...many] }));
    expect(most.faults.join()).toMatch(
      /: 40 of the suite's 41 probes were not made: p0, p1, p2, p3, p4, and 35 more$/,
    );
    const failed = { ...RUNG_REPORT, probes: [], failure: 'no \u001B[2J start' };
    const checked = checkReport({ rungs: [failed] });
    expect(checked).toMatchObject({ complete: false, passed: false });
    expect(rendered(checked)).toContain(String.raw`no \u{1b}[2J start`);
    const none = receiptOf(
      privateKey,
      { ...REPORT, rungs: [] },
      { ...BOUND, gatewayDigest: null, rungs: [] },
    );
    expect(check({}, none)).toMatchObject({ complete: false, passed: false });
  });
});

describe("a receipt of a user's bottle", () => {
  const bound = { ...BOUND, bottle: { name: 'dev', manifestDigest: 'sha256:9' } };
  const text = receiptOf(privateKey, REPORT_OF_BOTTLE, bound);

  test.each([
    ['sha256:9', true, 'same'],
    ['sha256:x', false, 'changed'],
  ])('a receipt with %s as the manifest of today: %s', (bottleManifest, passed, verdict) => {
    const checked = check({ bottleManifest }, text);
    expect(checked.passed).toBe(passed);
    expect(checked.comparisons.find(({ what }) => what === 'manifest of the bottle')?.verdict).toBe(verdict);
  });

  test('a receipt of a bottle that is not named again says that it was not compared', () => {
    expect(rendered(check({}, text))).toMatch(/not compared: manifest of the bottle: .*--bottle/);
  });
});

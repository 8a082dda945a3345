import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assetPath } from '../../../host/paths.ts';
import { GUEST, type BottleSpec } from '../../driver.ts';
import { planOf } from './steps.ts';
import { rungsOf } from '../rungs.ts';
import { OPENER_CALLS } from '../../network/opener.ts';
import { seccompOf } from '../body/seccomp.ts';

const [rung] = rungsOf('docker');
if (rung === undefined) throw new Error('Docker offers no rung');

const spec: BottleSpec = {
  id: 'fixer-1',
  rung,
  networkForm: 'bridge',
  image: { kind: 'default' },
  resources: { cpus: 1.5, memoryBytes: 1000, pids: 100, diskBytes: 5000 },
  env: { TOKEN: 'visible-inside-only' },
  argv: ['claude'],
  cwd: GUEST.workspace,
  tty: false,
  mounts: [],
  runDir: '/home/u/.local/state/bot-bottle/fixer-1/run',
};

/** The network forms of engines. */
const FORMS = ['joined', 'holder', 'bridge'] as const;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const calls = (version: string | undefined, networkForm: BottleSpec['networkForm']): string =>
  planOf({ engine: 'docker', version }, { ...spec, networkForm })
    .flatMap(({ call }) => call)
    .join('\n');

describe('the plan', () => {
  test('the plan closes the bridge as the found Docker can, and as a new one can if none was found', () => {
    expect(calls('26.1.5+dfsg1', 'bridge')).toContain('inhibit_ipv4');
    expect(calls('26.1.5+dfsg1', 'bridge')).not.toContain('gateway_mode_ipv4');
    for (const version of ['28.5.1', undefined]) {
      expect(calls(version, 'bridge')).toContain('gateway_mode_ipv4');
    }
  });

  test("the plan gives Docker's holder the opener's profile, and Podman's the general one", () => {
    const profile = sha256(seccompOf(OPENER_CALLS));
    expect(calls('26.1.5', 'holder').split(profile)).toHaveLength(2);
    const podmans = planOf({ engine: 'podman', version: undefined }, { ...spec, networkForm: 'holder' });
    const text = podmans.flatMap(({ call }) => call).join('\n');
    expect(text).not.toContain(profile);
    expect(text.split('container/seccomp.json')).toHaveLength(3);
  });

  test.each(FORMS)(
    'the plan names the seccomp profile by file and digest instead of printing it: %s',
    (form) => {
      const path = assetPath('container/seccomp.json');
      const text = calls('26.1.5', form);
      expect(text).toContain(`contents of ${path}, sha256:${sha256(readFileSync(path, 'utf8'))}`);
      expect(text).not.toContain('SCMP_ACT');
      expect(text.length).toBeLessThan(16_000);
    },
  );

  test.each(FORMS)('the plan shows no value of the environment: %s', (networkForm) => {
    expect(calls(undefined, networkForm)).not.toContain('visible-inside-only');
    expect(calls(undefined, networkForm)).toContain('TOKEN=...');
  });
});

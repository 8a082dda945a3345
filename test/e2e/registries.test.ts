import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheDir } from '../../src/host/paths.ts';
import { makeHome, type Home } from '../support/home.ts';
import { CLIENT_CASES, type ClientCase } from '../support/registries/clients.ts';
import { makeCertificate, ownAddress, startStandIn, type StandIn } from '../support/registries/server.ts';

/**
 * Real package clients in bottles, with a preset alone. Their registries are stand-ins on this computer, which the client's own
 * configuration on this computer names: most public registries are not reached from where these tests run.
 */

let home: Home;
let index: StandIn;
let downloads: StandIn;
let userEnv: Record<string, string>;
const address = ownAddress();

beforeAll(async () => {
  home = makeHome();
  const certificate = await makeCertificate(home.dir, address);
  [index, downloads] = await Promise.all([
    startStandIn(certificate, address),
    startStandIn(certificate, address),
  ]);
  userEnv = {
    HOME: join(home.dir, 'user'),
    XDG_CONFIG_HOME: join(home.dir, 'user', '.config'),
    XDG_CACHE_HOME: dirname(cacheDir()),
    COMPOSER_HOME: join(home.dir, 'user', '.config/composer'),
    GRADLE_USER_HOME: join(home.dir, 'user', '.gradle'),
    SSL_CERT_FILE: certificate.bundlePath,
    CARGO_HTTP_CAINFO: certificate.bundlePath,
    // Java takes the home folder from the list of users, not from HOME.
    MAVEN_OPTS: `-Duser.home=${join(home.dir, 'user')}`,
    // Those that a bottle without an image shows, not those of a user's own folders.
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  };
});

afterAll(async () => {
  await home.remove();
  index.close();
  downloads.close();
});

async function startWith({ preset, serves, homeFiles, project: files, script }: ClientCase, runtime: string) {
  const places = { url: index.url, downloads: downloads.url };
  const served = new Map(Object.entries(await serves(places)));
  for (const one of [index, downloads]) one.serve(served);
  for (const [path, text] of Object.entries(homeFiles(places))) {
    const full = join(home.dir, 'user', path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  const manifest = home.manifest({
    bottles: { box: { egress: { allow: [{ preset, addresses: [address] }] } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const project = home.project(`app-${preset}-${runtime}`, files?.(places) ?? {});
  const code = 'curl --silent --output /dev/null --write-out "%{http_code}\\n"';
  const all = [
    script,
    `${code} --request PUT --data x ${index.url}/put`,
    `${code} --proxy "$HTTPS_PROXY" http://foreign.example/`,
  ].join('; ');
  const options = ['--manifest', manifest, '--yes', '--runtime', runtime];
  return await home.run(['start', 'worker', project, ...options, '--', 'sh', '-c', all], { env: userEnv });
}

const NAMES = Object.keys(CLIENT_CASES) as (keyof typeof CLIENT_CASES)[];

describe('on bubblewrap', () => {
  test.each(NAMES)('%s downloads a package, and neither uploads nor reaches another host', async (name) => {
    const one = CLIENT_CASES[name];
    const { stdout, stderr } = await startWith(one, 'bubblewrap');
    expect(stdout.trim().split('\n'), stderr).toEqual(['hello from the registry', '403', '403']);
    expect([...index.requests, ...downloads.requests]).toContain(`GET ${one.asked}`);
    expect(index.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';
import { makeCertificates } from './models/certificates.ts';

/** Chromium from this host, in a bottle without an image: it starts, and trusts the gateway without configuration. */

let folder: string;
let home: Home;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bot-bottle-browsers-'));
  const { key, cert, authorityPath } = await makeCertificates(folder, ['site.test']);
  server = createServer({ key, cert }, (_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<p>seen by a browser</p>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  home = makeHome({ env: { NODE_EXTRA_CA_CERTS: authorityPath } });
});

afterAll(async () => {
  server.close();
  await home.remove();
  rmSync(folder, { recursive: true });
});

test("a browser opens a page whose TLS the gateway opens, through the distribution's start program", async () => {
  expect(spawnSync('chromium', ['--version']).status).toBe(0);
  const { port } = server.address() as AddressInfo;
  const rule = { host: 'site.test', port, addresses: ['127.0.0.1'], methods: ['GET'] };
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', egress: { allow: [rule] } } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const options = ['--manifest', manifest, '--yes', '--runtime', 'bubblewrap', '--'];
  // Chromium's sandbox needs its own namespaces, which a bottle does not have.
  const browser = ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--dump-dom'];
  const { stdout, stderr } = await home.run(
    ['start', 'worker', home.dir, ...options, ...browser, `https://site.test:${port}/`],
    { timeoutMs: 60_000 },
  );
  expect(stdout, stderr).toContain('seen by a browser');
}, 80_000);

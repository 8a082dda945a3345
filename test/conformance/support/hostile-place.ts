import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { viewHost } from '../../../src/verify/arena/host-view.ts';
import { bundle } from '../../integration/gateway/support/bundle.ts';
import { takeTurn } from '../../support/suites/turn.ts';
import { makeCertificates } from '../../integration/gateway/support/certificates.ts';

/** The table's hosts, on ports 80 and 443 of this host: of loopback, and of an address that a sidecar can reach too. */
export interface HostilePlace extends AsyncDisposable {
  readonly address: string;
  /** PEM file of the certificate authority of the hosts. */
  readonly authorityPath: string;
  /** Everything that the hosts have received so far. */
  readonly heard: readonly string[];
}

const SOURCE = join(import.meta.dirname, '..', '..', 'hostile', 'canary.ts');

/** Starts the hosts. @throws Error if a port is in use */
export async function openHostilePlace(): Promise<HostilePlace> {
  const turn = await takeTurn('ports 80 and 443');
  const folder = mkdtempSync(join(tmpdir(), 'bb-hostile-'));
  chmodSync(folder, 0o755); // the user who launches the bottle reads the authority
  await makeCertificates(folder);
  const program = join(folder, 'canary.mjs');
  await bundle(SOURCE, program);
  const { ip4 } = await viewHost();
  const address = ip4[0] ?? '127.0.0.1';
  const child = spawn(process.execPath, [program, folder, ...new Set([address, '127.0.0.1'])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const heard: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the hosts of the table ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { kind, text } = JSON.parse(line) as { kind: string; text?: string };
      if (kind === 'ready') resolve();
      else heard.push(text ?? '');
    });
  });
  return {
    address,
    authorityPath: join(folder, 'ca.pem'),
    heard,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await once(child, 'exit');
      await turn[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

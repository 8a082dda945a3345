import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewHost } from '../../../../src/verify/arena/host-view.ts';
import { hostVariable } from '../../../../src/host/env.ts';
import { makeHome, type Home } from '../../../support/home.ts';
import { takeTurn } from '../../../support/suites/turn.ts';
import { makeCertificates } from './certificates.ts';
import { serveModels, type ModelApi, type ModelServer } from './server.ts';

/** Stand-ins for the model providers on this host, and a user whose host trusts them. */
export interface ModelPlace extends AsyncDisposable {
  readonly home: Home;
  readonly server: ModelServer;
  /** The address to which rules pin the providers' names: an address of this host that a sidecar can reach too. */
  readonly address: string;
  readonly authorityPath: string;
}

/** Starts the stand-ins; `env` is the user's environment. */
export async function openModels(
  apis: readonly ModelApi[],
  env: Readonly<Record<string, string>>,
): Promise<ModelPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-models-'));
  const address = (await viewHost()).ip4[0] ?? '127.0.0.1';
  const certificates = await makeCertificates(
    folder,
    apis.map(({ host }) => host),
  );
  const { authorityPath } = certificates;
  const turn = await takeTurn('ports 80 and 443');
  const server = await serveModels(address, certificates, apis);
  const trustPath = join(folder, 'trust.pem');
  // This host may need its own certificates of that variable to reach its registry.
  const files = [hostVariable('NODE_EXTRA_CA_CERTS') ?? [], authorityPath].flat();
  writeFileSync(trustPath, files.map((file) => readFileSync(file, 'utf8')).join('\n'));
  const home = makeHome({ env: { ...env, NODE_EXTRA_CA_CERTS: trustPath } });
  return {
    home,
    server,
    address,
    authorityPath,
    [Symbol.asyncDispose]: async () => {
      try {
        await home.remove();
      } finally {
        await server[Symbol.asyncDispose]();
        await turn[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true });
      }
    },
  };
}

import process from 'node:process';
import { pathToFileURL } from 'node:url';

/**
 * mockttp as a proxy that opens TLS, passes every request on and records none:
 *
 *   node mockttp.ts PACKAGE_FOLDER PORT CA_CERTIFICATE CA_KEY ORIGIN_CA
 */

interface Mockttp {
  getLocal(options: {
    https: { certPath: string; keyPath: string };
    http2: true;
    recordTraffic: false;
    suggestChanges: false;
  }): Server;
}

interface Server {
  start(port: number): Promise<void>;
  forAnyRequest(): {
    thenPassThrough(options: { additionalTrustedCAs: readonly { certPath: string }[] }): Promise<unknown>;
  };
}

const [folder = '', port = '', certPath = '', keyPath = '', originCaPath = ''] = process.argv.slice(2);
const mockttp = (await import(pathToFileURL(`${folder}/dist/main.js`).href)) as Mockttp;
const server = mockttp.getLocal({
  https: { certPath, keyPath },
  http2: true,
  recordTraffic: false,
  suggestChanges: false,
});
await server.forAnyRequest().thenPassThrough({ additionalTrustedCAs: [{ certPath: originCaPath }] });
await server.start(Number(port));

import process from 'node:process';
import { pathToFileURL } from 'node:url';

/**
 * The proxy of @anthropic-ai/sandbox-runtime as its own manager starts it, with TLS termination and every host allowed.
 * Runs in Node 22, which that package requires:
 *
 *   node sandbox-runtime.ts PACKAGE_FOLDER PORT CA_CERTIFICATE CA_KEY
 */

interface Authority {
  readonly certPem: string;
}

interface Modules {
  createMitmCA(options: { caCertPath: string; caKeyPath: string }): Authority;
  createHttpProxyServer(options: { mitmCA: Authority; filter: () => Promise<boolean> }): {
    listen(port: number, address: string): void;
  };
}

const [folder = '', port = '', caCertPath = '', caKeyPath = ''] = process.argv.slice(2);
const load = async (name: string): Promise<Modules> =>
  (await import(pathToFileURL(`${folder}/dist/sandbox/${name}.js`).href)) as Modules;

const authorities = await load('mitm-ca');
const proxies = await load('http-proxy');
const server = proxies.createHttpProxyServer({
  mitmCA: authorities.createMitmCA({ caCertPath, caKeyPath }),
  filter: () => Promise.resolve(true),
});
server.listen(Number(port), '127.0.0.1');

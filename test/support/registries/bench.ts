import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir } from '../../../src/host/paths.ts';
import type { Outcome } from '../outcome.ts';
import { makeHome } from '../home.ts';
import type { ClientCase, Places } from './clients.ts';
import { makeCertificate, ownAddress, REGISTRY_NAME, startStandIn, type StandIn } from './server.ts';

/** A user whose package clients use stand-in registries, and bottles with nothing but a preset. */
export interface RegistryBench extends AsyncDisposable {
  /** Downloads in a bottle, then tries to upload and to reach another host. */
  readonly run: (one: ClientCase, where: Where) => Promise<Outcome>;
  /** Returns `GET /path` for each request to a registry during the last run. */
  readonly requests: () => readonly string[];
}

export interface Where {
  readonly runtime: string;
  /** Default: none, so bot-bottle's default image. */
  readonly image?: string;
  /** Folders of this host to copy into the project, by their name there. */
  readonly brings?: Readonly<Record<string, string>>;
}

/** The output of a successful run: the package, and the refusals of a PUT and of a foreign host. */
export const EXPECTED = ['hello from the registry', '403', '403'];

/**
 * Makes the bench. `programFolders`: folders with clients that the system lacks.
 * @throws Error if the program is not built, or this host has no address
 */
export async function makeRegistryBench(programFolders: readonly string[] = []): Promise<RegistryBench> {
  const home = makeHome();
  const address = ownAddress();
  const certificate = await makeCertificate(home.dir, address);
  const [index, downloads] = await Promise.all([
    startStandIn(certificate, address),
    startStandIn(certificate, address),
  ]);
  const userDir = join(home.dir, 'user');
  const placesOf = ({ isNamed }: ClientCase): Places => {
    const urlOf = ({ url }: StandIn): string =>
      isNamed === true ? url.replace(address, REGISTRY_NAME) : url;
    return { url: urlOf(index), downloads: urlOf(downloads), home: userDir };
  };
  const userEnv = userEnvironment(userDir, certificate.bundlePath);
  const PATH = [...programFolders, userEnv.PATH].join(':');
  const run: RegistryBench['run'] = async (one, { runtime, image, brings = {} }) => {
    const places = placesOf(one);
    const served = new Map(Object.entries(await one.serves(places)));
    for (const standIn of [index, downloads]) standIn.serve(served);
    for (const [path, text] of Object.entries(one.homeFiles(places))) write(join(userDir, path), text);
    const { preset } = one;
    const box = {
      ...(image === undefined ? {} : { image }),
      egress: { allow: [{ preset, addresses: [address] }] },
    };
    const manifest = home.manifest({
      bottles: { box },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const project = home.project(`${preset}-${runtime}`, one.project?.(places) ?? {});
    for (const [name, path] of Object.entries(brings)) cpSync(path, join(project, name), { recursive: true });
    const options = ['--manifest', manifest, '--yes', '--runtime', runtime];
    const env = { ...userEnv, PATH, ...one.env?.(places) };
    const script = [one.script, ...attacks(places.url)].join('; ');
    return await home.run(['start', 'worker', project, ...options, '--', 'sh', '-c', script], { env });
  };
  return {
    run,
    requests: () => [...index.requests, ...downloads.requests],
    [Symbol.asyncDispose]: async () => {
      await home.remove();
      index.close();
      downloads.close();
    },
  };
}

/** Each command prints the status of its answer. */
const attacks = (url: string): readonly string[] => {
  const code = 'curl --silent --output /dev/null --write-out "%{http_code}\\n"';
  return [
    `${code} --request PUT --data x ${url}/put`,
    `${code} --proxy "$HTTPS_PROXY" http://foreign.example/`,
  ];
};

/** Without the variables of the user who runs the tests, so that none configures a client. */
const userEnvironment = (userDir: string, bundlePath: string): Record<string, string> & { PATH: string } => ({
  HOME: userDir,
  XDG_CONFIG_HOME: join(userDir, '.config'),
  XDG_CACHE_HOME: dirname(cacheDir()),
  COMPOSER_HOME: join(userDir, '.config/composer'),
  GRADLE_USER_HOME: join(userDir, '.gradle'),
  // Java takes the home folder from the list of users, not from HOME.
  MAVEN_OPTS: `-Duser.home=${userDir}`,
  SSL_CERT_FILE: bundlePath,
  CARGO_HTTP_CAINFO: bundlePath,
  // The folders that a bottle without an image shows, without the user's own folders.
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

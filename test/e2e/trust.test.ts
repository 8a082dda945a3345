import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../src/host/run.ts';
import { isRoot } from '../../src/host/user.ts';
import { ECHO_HOST, echoApi } from './agents/models/echo.ts';
import { openModels, type ModelPlace } from './agents/models/place.ts';

/**
 * Programs trust their gateway where it opens TLS, each in its own way. The test judges by the requests that the host
 * behind it received.
 */

const KEY = 'a-key-that-only-the-gateway-has';
/**
 * Programs and their requests; `{}` is a URL that identifies the program. Every bottle here has those of `EVERYWHERE`.
 */
const PROGRAMS: Readonly<Record<string, string>> = {
  curl: 'curl --silent {}',
  wget: 'wget --quiet --output-document=- {}',
  git: 'git ls-remote {}',
  node: `node -e 'fetch("{}").then(() => require("https").get("{}-https", (got) => got.resume()))'`,
  npm: 'npm ping --fetch-retries=0 --registry={}/',
  python3: `python3 -c 'import urllib.request; urllib.request.urlopen("{}")'`,
  pip3: 'python3 -m pip download --retries=0 --dest=/tmp/pip --index-url={} six',
  requests: `python3 -c 'import requests; requests.get("{}")'`,
  java: 'java Ask.java {}',
  go: './ask-go {}',
};
/** How to find out whether a program is installed, if its name is not enough. */
const IS_THERE: Readonly<Record<string, string>> = {
  requests: "python3 -c 'import requests' 2>/dev/null",
  go: 'test -x ./ask-go',
};
const EVERYWHERE = ['curl', 'git', 'node', 'npm', 'python3', 'go'];
/** Bubblewrap's bottles see the programs of this host; `npm test` installs these: scripts/setup/packages.ts. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  bubblewrap: [...EVERYWHERE, 'wget', 'requests', 'java'],
  runsc: EVERYWHERE,
};
/** Programs that also use the system's trust store after a process has dropped the variables. */
const BY_SYSTEM = ['curl', 'wget', 'git', 'python3', 'requests', 'java', 'go'];

const ASK_JAVA = `public class Ask {
  public static void main(String[] args) throws Exception {
    ((java.net.HttpURLConnection) new java.net.URL(args[0]).openConnection()).getResponseCode();
  }
}
`;

const ASK_GO = `package main
import ("net/http"; "os")
func main() {
  if _, err := http.Get(os.Args[1]); err != nil { println(err.Error()); os.Exit(1) }
}
`;

let place: ModelPlace;
let project: string;

beforeAll(async () => {
  if (!isRoot()) return;
  place = await openModels([echoApi(KEY)], { THE_KEY: KEY });
  project = place.home.project('asker', { 'Ask.java': ASK_JAVA, 'ask.go': ASK_GO });
  // Without C libraries the program runs in every image.
  const env = { CGO_ENABLED: '0', GOCACHE: join(tmpdir(), 'bot-bottle-go'), GOFLAGS: '-buildvcs=false' };
  await runOrThrow('go', ['build', '-o', 'ask-go', 'ask.go'], { cwd: project, env, timeoutMs: 300_000 });
});

afterAll(async () => await place?.[Symbol.asyncDispose]());

describe.runIf(isRoot()).each(['bubblewrap', 'runsc'])('%s', (runtime) => {
  test.each([
    ['by variables and files', '', Object.keys(PROGRAMS)],
    ['by files alone', 'env -i PATH="$PATH" HOME="$HOME" https_proxy="$https_proxy" ', BY_SYSTEM],
  ])('%s', async (_, before, names) => {
    const { home, server, address } = place;
    const inject = { header: 'x-api-key', secret: '${THE_KEY}' };
    const manifest = home.manifest({
      bottles: { open: { egress: { allow: [{ host: ECHO_HOST, inject, addresses: [address] }] } } },
      agents: { asker: { bottle: 'open', agent: 'shell' } },
    });
    const from = server.heard.length;
    const lines = names.flatMap((name) => {
      const asks = (PROGRAMS[name] ?? '').replaceAll('{}', `https://${ECHO_HOST}/${name}`);
      const isThere = IS_THERE[name] ?? `command -v ${name} >/dev/null`;
      return [`if ${isThere}; then ${before}${asks}; else echo "no ${name}"; fi`];
    });
    const where = [project, '--manifest', manifest, '--yes'];
    const start = ['start', 'asker', ...where, '--runtime', runtime];
    const { stdout, stderr } = await home.run([...start, '--', 'sh', '-c', lines.join('\n')]);
    const absent = names.filter((name) => stdout.includes(`no ${name}\n`));
    expect(absent.filter((name) => REQUIRED[runtime]?.includes(name))).toEqual([]);
    const heard = server.heard.slice(from).filter(({ hadKey }) => hadKey);
    const silent = names.filter((name) => !heard.some(({ path }) => path.startsWith(`/${name}`)));
    expect({ silent, stderr }).toEqual({ silent: absent, stderr });
  });
});

import { BottleError } from '../../errors.ts';
import type { BottleSpec, LaunchCheck } from '../driver.ts';
import { GATEWAY_PORTS } from '../../contracts/gateway.ts';

/**
 * The launch check for a runtime with its own network stack: a program in the bottle, confined like the agent, asks the
 * gateway before the agent starts. The other checks run in the same network namespace, but on the host's network stack.
 */

/** The check's only variable: it gets none of the manifest's and none of the image's. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** An image need not contain any of these; the first that works asks. $1: address, $2: port, $3: path. */
export const CLIENTS: readonly { readonly program: string; readonly call: string }[] = [
  {
    program: 'perl',
    call: `perl -MSocket -e '
      alarm 5;
      my ($address, $port, $path) = @ARGV;
      socket my $peer, AF_INET, SOCK_STREAM, 0 or die "socket: $!\\n";
      connect $peer, pack_sockaddr_in($port, inet_aton($address)) or die "$address:$port: $!\\n";
      syswrite $peer, "GET $path HTTP/1.1\\r\\nHost: $address:$port\\r\\nConnection: close\\r\\n\\r\\n";
      print while <$peer>;' "$@"`,
  },
  {
    program: 'bash',
    call: `bash -c '
      exec 3<>"/dev/tcp/$1/$2" || exit 1
      printf "GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nConnection: close\\r\\n\\r\\n" "$3" "$1" "$2" >&3
      cat <&3' bash "$@"`,
  },
  { program: 'wget', call: 'wget -q -T 5 -O - "http://$1:$2$3"' },
  {
    program: 'node',
    call: `node -e '
      const [host, port, path] = process.argv.slice(1);
      require("http")
        .get({ host, port, path, timeout: 5000 }, (answer) => answer.pipe(process.stdout))
        .on("timeout", function () { this.destroy(new Error("timed out")); })
        .on("error", ({ message }) => { console.error(message); process.exitCode = 1; });' "$@"`,
  },
];

/** The exit code if none of them exists. */
const NO_CLIENT = 99;

/** If a client cannot ask, such as a Perl without its modules, the next one asks. */
const SCRIPT = [
  'asked=',
  ...CLIENTS.map(
    ({ program, call }) =>
      `if command -v ${program} >/dev/null; then asked=1; env -i PATH="$PATH" ${call} && exit; fi`,
  ),
  `[ -z "$asked" ] || exit 1`,
  `exit ${NO_CLIENT}`,
].join('\n');

/** The path to request from a gateway, and the text that its answer must contain. */
const HEALTH = {
  'bot-bottle': { path: '/.bot-bottle/health', says: (id: string) => `"bottle":"${id}"` },
  pipelock: { path: '/health', says: () => '"status":"healthy"' },
} as const;

type Asking = Pick<BottleSpec, 'id' | 'foreignGateway'>;

const healthOf = ({ foreignGateway }: Asking) => HEALTH[foreignGateway?.engine ?? 'bot-bottle'];

/** The program to run in the bottle, with its whole environment. It needs `/bin/sh` and `env`. Pure. */
export function askingProgram(
  spec: Asking,
  address: string,
): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const asked = [address, String(GATEWAY_PORTS.proxy), healthOf(spec).path];
  return { argv: ['/bin/sh', '-c', SCRIPT, 'sh', ...asked], env: { PATH } };
}

/** The program's output and exit code; undefined if it did not end in time. */
export interface Answer {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type Verdict =
  | { readonly held: LaunchCheck }
  | { readonly failure: string; readonly lacksClient?: true; readonly isLate?: true };

/** Interprets the answer. Pure. */
export function verdictOf(spec: Asking, { exitCode, stdout, stderr }: Answer): Verdict {
  if (exitCode === undefined) return { failure: 'no answer in time', isLate: true };
  if (exitCode === NO_CLIENT) {
    const names = CLIENTS.map(({ program }) => program).join(', ');
    return { failure: `the image has no program to ask with: none of ${names}`, lacksClient: true };
  }
  const { path, says } = healthOf(spec);
  const wanted = says(spec.id);
  if (!stdout.replace(/\s/g, '').includes(wanted))
    return { failure: `${stdout}${stderr}`.trim() || `no answer (exit code ${exitCode})` };
  return {
    held: {
      id: 'agent.gateway',
      claim: 'the gateway answers a program that is confined as the agent is (control)',
      evidence: `GET ${path}: ${wanted}`,
    },
  };
}

/** The error for a bottle whose gateway does not answer inside. */
export const notAnswered = (failure: string, fix: string): BottleError =>
  new BottleError('rungUnavailable', 'the gateway cannot be reached from inside the bottle', {
    details: [`launch check agent.gateway failed: ${failure}`],
    fix,
  });

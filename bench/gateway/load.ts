import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The origin and the clients: bench/gateway/load, in C, with OpenSSL and nghttp2. */

export const HOST_NAME = 'origin.test';
export const ORIGIN_PORT = 443;

export interface Programs {
  readonly origin: string;
  readonly client: string;
}

/** Compiles both programs; throws if the compiler or a library is missing. */
export function compileLoad(folder: string): Programs {
  const compile = (name: string): string => {
    const program = join(folder, name);
    const source = join(import.meta.dirname, 'load', `${name}.c`);
    execFileSync('cc', ['-O2', '-o', program, source, '-lssl', '-lcrypto', '-lnghttp2'], {
      stdio: 'inherit',
    });
    return program;
  };
  return { origin: compile('origin'), client: compile('client') };
}

export interface Work {
  /** The protocol that the clients request; for a proxy without h2 they use as many connections instead. */
  readonly protocol: 'h1' | 'h2';
  readonly direction: 'down' | 'up';
  readonly concurrency: number;
  readonly requests: number;
  readonly bytes: number;
}

/** The destination of the clients, and the authority that signs the certificates there. */
export interface Way {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly kind: 'direct' | 'connect';
  readonly authorityPath: string;
}

export interface Outcome {
  readonly protocol: string;
  readonly seconds: number;
  readonly p99Ms: number;
  /** Time of CONNECT and the handshake. */
  readonly openMs: number;
}

/** Returns the arguments of the program `client`. */
export function clientArgs(way: Way, work: Work): readonly string[] {
  const where = [way.address, String(way.port), way.kind, HOST_NAME, way.authorityPath];
  const what = [work.protocol, work.direction, work.concurrency, work.requests, work.bytes].map(String);
  return [...where, ...what];
}

/** Runs the clients to their end; throws if an answer is incomplete, or if another authority signed the certificate. */
export function runClient(client: string, way: Way, work: Work): Outcome {
  const args = clientArgs(way, work);
  const { stdout, stderr, status } = spawnSync(client, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.slice(5).join(' ')} through ${way.name}: ${stderr}`);
  const [protocol = '', ...figures] = stdout.trim().split(' ');
  const [seconds = 0, , p99Ms = 0, openMs = 0] = figures.map(Number);
  return { protocol, seconds, p99Ms, openMs };
}

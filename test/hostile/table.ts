import { OVER_HTTP2 } from './honest/http2.ts';
import { BODIES } from './honest/models.ts';
import { PACKAGES } from './honest/packages.ts';
import { PROTOCOLS } from './honest/protocols.ts';
import { TOOLS } from './honest/tools.ts';
import type { Row } from './row.ts';
import { CREDENTIALS } from './rows/credentials.ts';
import { FRONTING } from './rows/fronting.ts';
import { HELLOS } from './rows/hellos.ts';
import { CLEAR } from './rows/clear.ts';
import { HTTP2 } from './rows/http2.ts';
import { METHODS } from './rows/methods.ts';
import { NAMES } from './rows/names.ts';
import { OTHERS } from './rows/others.ts';
import { PATHS } from './rows/paths.ts';
import { CARRYING } from './rows/carriers.ts';
import { SECRETS } from './rows/secrets.ts';
import { FRAMING } from './rows/framing.ts';
import { CONNECTIONS } from './rows/connections.ts';

/** All rows of the table, by family. */
export const TABLE: Readonly<Record<string, readonly Row[]>> = {
  names: NAMES,
  fronting: FRONTING,
  hellos: HELLOS,
  clear: CLEAR,
  framing: FRAMING,
  connections: CONNECTIONS,
  http2: HTTP2,
  paths: PATHS,
  methods: METHODS,
  credentials: CREDENTIALS,
  secrets: SECRETS,
  carriers: CARRYING,
  others: OTHERS,
  'honest tools': TOOLS,
  'honest packages': PACKAGES,
  'honest bodies': BODIES,
  'honest protocols': PROTOCOLS,
  'honest HTTP/2': OVER_HTTP2,
};

/** Builds ClientHellos as an attacker would. */

export interface HelloParts {
  readonly serverName?: string | Buffer;
  /** Further extensions: type and content. */
  readonly extensions?: readonly (readonly [type: number, content: Buffer])[];
  /** Cuts the message into records of this many bytes. */
  readonly recordBytes?: number;
}

const sized = (size: 1 | 2 | 3, content: Buffer): Buffer => {
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([length, content]);
};

/** Returns a TLS 1.2/1.3 ClientHello, as records. */
export function clientHello({ serverName, extensions = [], recordBytes = 16_384 }: HelloParts): Buffer {
  const named: (readonly [number, Buffer])[] =
    serverName === undefined
      ? []
      : [
          [
            0,
            sized(
              2,
              Buffer.concat([Buffer.from([0]), sized(2, Buffer.from(serverName as string, 'latin1'))]),
            ),
          ],
        ];
  const list = [...named, ...extensions].map(([type, content]) =>
    Buffer.concat([Buffer.from([type >> 8, type & 0xff]), sized(2, content)]),
  );
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(0)),
    sized(2, Buffer.from([0x13, 0x01, 0xc0, 0x2f])),
    sized(1, Buffer.from([0])),
    sized(2, Buffer.concat(list)),
  ]);
  const message = Buffer.concat([Buffer.from([1]), sized(3, body)]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += recordBytes) {
    records.push(Buffer.concat([Buffer.from([22, 3, 1]), sized(2, message.subarray(at, at + recordBytes))]));
  }
  return Buffer.concat(records);
}

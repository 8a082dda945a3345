import { isIP } from 'node:net';
import { reasonOf } from '../../errors.ts';

/** Makes one connection to a host with several addresses, of which some may not answer: RFC 8305, 5. */

/** Milliseconds after which a silent address gets competition from the next one. */
const NEXT_AFTER_MS = 250;
/**
 * Maximum of attempts to all hosts. A silent address occupies one until its timeout. Beyond this, a host's addresses
 * are tried in sequence.
 */
const MOST_UNDER_WAY = 256;
const MAX_OVERTAKEN = 500;

export type DialAddress<Connection> = (address: string) => Promise<Connection>;

interface Closable {
  destroy(): unknown;
}

/** Active attempts to all hosts, and the addresses that did not answer before. */
export class Attempts {
  #underWay = 0;
  /** Tried last among their host's addresses until they accept a connection again. */
  readonly #overtaken = new Set<string>();

  /** Returns the first connection, and closes later ones at once. @throws Error with the failure of each address */
  firstOf<Connection extends Closable>(
    addresses: readonly string[],
    dial: DialAddress<Connection>,
  ): Promise<Connection> {
    const [only = '', another] = addresses;
    return another === undefined ? to(only, dial) : this.#race(this.#inOrder(addresses), dial);
  }

  #race<Connection extends Closable>(
    addresses: readonly string[],
    dial: DialAddress<Connection>,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const reasons = new Map<string, string>();
      let [begun, isOver] = [0, false];
      let timer: NodeJS.Timeout | undefined;
      const beginNext = (): void => {
        clearTimeout(timer);
        const address = addresses[begun] ?? '';
        begun += 1;
        if (begun < addresses.length) timer = setTimeout(beginAlso, NEXT_AFTER_MS);
        this.#underWay += 1;
        to(address, dial)
          .finally(() => (this.#underWay -= 1))
          .then(
            (connection) => (isOver ? connection.destroy() : won(address, connection)),
            (error: unknown) => lost(address, reasonOf(error)),
          );
      };
      const beginAlso = (): void => {
        if (this.#underWay < MOST_UNDER_WAY) beginNext();
      };
      const won = (address: string, connection: Connection): void => {
        isOver = true;
        clearTimeout(timer);
        const earlier = addresses.slice(0, addresses.indexOf(address));
        this.#overtook(
          address,
          earlier.filter((one) => !reasons.has(one)),
        );
        resolve(connection);
      };
      const lost = (address: string, reason: string): void => {
        reasons.set(address, reason);
        if (isOver) return;
        if (begun < addresses.length) beginNext();
        else if (reasons.size === addresses.length)
          reject(new Error(addresses.map((one) => reasons.get(one)).join('; ')));
      };
      beginNext();
    });
  }

  #inOrder(addresses: readonly string[]): readonly string[] {
    const isOvertaken = (address: string): boolean => this.#overtaken.has(address);
    const others = [...new Set(addresses)];
    return [...others.filter((one) => !isOvertaken(one)), ...others.filter(isOvertaken)];
  }

  #overtook(address: string, silent: readonly string[]): void {
    this.#overtaken.delete(address);
    if (this.#overtaken.size + silent.length > MAX_OVERTAKEN) this.#overtaken.clear();
    for (const one of silent) this.#overtaken.add(one);
  }
}

function to<Connection>(address: string, dial: DialAddress<Connection>): Promise<Connection> {
  // A name would cause another lookup.
  if (isIP(address) === 0) return Promise.reject(new Error(`not an address: ${address}`));
  return dial(address);
}

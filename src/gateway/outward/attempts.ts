import { isIP } from 'node:net';
import { reasonOf } from '../../errors.ts';

/** One connection to a host of several addresses, of which some may be silent: as RFC 8305, 5 has it. */

/** An address that has said nothing by then is waited for no longer alone. */
const NEXT_AFTER_MS = 250;
/** A silent address holds an attempt for as long as it may take: beyond so many, of all hosts, addresses take turns. */
const MOST_UNDER_WAY = 256;
const MAX_OVERTAKEN = 500;

export type DialAddress<Connection> = (address: string) => Promise<Connection>;

interface Closable {
  destroy(): unknown;
}

/** What is under way to all hosts, and the addresses that were silent before. */
export class Attempts {
  #underWay = 0;
  /** Tried after the others of their host until they take a connection again. */
  readonly #overtaken = new Set<string>();

  /** The first connection that is made; those that are made after it are closed at once. @throws Error with what each came to */
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
  // It would be looked up once more.
  if (isIP(address) === 0) return Promise.reject(new Error(`not an address: ${address}`));
  return dial(address);
}

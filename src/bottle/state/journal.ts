import type { Resource } from '../../drivers/driver.ts';
import { ownIdentity } from '../../host/processes.ts';
import { isLive, mayFollow, type Phase } from './phases.ts';
import type { BottleRecord } from './record.ts';
import { writeRecord } from './store.ts';

/** The record of one bottle while somebody changes it: every change is on disk before the promise settles. */
export class Journal {
  #record: BottleRecord;
  #lastWrite: Promise<void> = Promise.resolve();
  /** Has not begun yet. */
  #nextWrite: Promise<void> | undefined;

  constructor(record: BottleRecord) {
    this.#record = record;
  }

  get record(): BottleRecord {
    return this.#record;
  }

  /** Goes to the next phase. Throws for a transition that the table does not know: that is a bug. */
  async enter(
    phase: Phase,
    more: Partial<Pick<BottleRecord, 'exitCode' | 'reason' | 'diskStart'>> = {},
  ): Promise<void> {
    if (!mayFollow(this.#record.phase, phase))
      throw new Error(`no way from ${this.#record.phase} to ${phase}`);
    const endedAt = isLive(phase) ? {} : { endedAt: new Date().toISOString() };
    await this.#change({ phase, ...endedAt, ...more });
  }

  /** Notes something that will be made outside the bottle's folder. */
  async add(resource: Resource): Promise<void> {
    await this.#change({ resources: [...this.#record.resources, resource] });
  }

  /** This process looks after the bottle from now on. */
  async own(detached: boolean): Promise<void> {
    await this.#change({ owner: ownIdentity(), detached });
  }

  async #change(part: Partial<BottleRecord>): Promise<void> {
    this.#record = { ...this.#record, ...part };
    const write = async (): Promise<void> => {
      this.#nextWrite = undefined;
      await writeRecord(this.#record);
    };
    // One write after the other: two at once could leave the older one on disk. Changes that come meanwhile share the next.
    this.#nextWrite ??= this.#lastWrite.then(write, write);
    this.#lastWrite = this.#nextWrite;
    await this.#nextWrite;
  }
}

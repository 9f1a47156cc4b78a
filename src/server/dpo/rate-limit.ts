// How often each user may ask for something: so many times in any minute.

const minute = 60_000;
/** Users that are remembered; those that asked longest ago go first. */
const most = 10_000;

/** Counts within this process. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #asked = new Map<string, readonly number[]>();

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Counts a request unless it is one too many. @returns ms until one is allowed; 0: this one is */
  take(user: string): number {
    const now = this.#now();
    // A clock that was set back must lock nobody out
    const recent = (this.#asked.get(user) ?? []).filter((at) => at <= now && now - at < minute);
    const [oldest = now] = recent;
    if (recent.length >= this.#perMinute) return oldest + minute - now;
    this.#asked.delete(user);
    this.#asked.set(user, [...recent, now]);
    const [first] = this.#asked.keys();
    if (this.#asked.size > most && first !== undefined) this.#asked.delete(first);
    return 0;
  }
}

// Which option of each config group is taken: the command line's, an `override` entry's, or the defaults list's own.
import { readdir } from 'node:fs/promises';
import { didYouMean, isSystemError } from '../core/index.ts';
import { type GroupEntry, parseOptions } from './defaults-entry.ts';
import type { Override } from './override.ts';
import { faultAt, fromPlain, type Origin } from './tree.ts';

type Chosen = { readonly options: readonly string[]; readonly origin: Origin };
type Choice = Chosen & { used: boolean };
type Deletion = { readonly override: Override; used: boolean };

/** A config group that the command line adds to the defaults. */
export type Addition = { readonly entry: GroupEntry; readonly origin: Origin };

/** The choices of one composition; asked once for each group, in the order of the defaults. */
export class Choices {
  readonly additions: readonly Addition[];
  readonly #chosen = new Map<string, Choice>();
  readonly #deletions = new Map<string, Deletion>();
  readonly #candidates = new Map<string, Override>();
  readonly #met = new Set<string>();

  /** @param overrides those that may choose options; which of them do shows when the defaults have been walked */
  constructor(overrides: readonly Override[], additions: readonly Addition[]) {
    this.additions = additions;
    for (const override of overrides) {
      if (override.kind === 'delete') this.#deletions.set(override.key, { override, used: false });
      else {
        const origin = { override: override.text };
        const options = parseOptions(fromPlain(override.value, origin)) ?? [];
        this.#chosen.set(override.key, { options, origin, used: false });
        this.#candidates.set(override.key, override);
      }
    }
  }

  /** Takes note of an `override group: option` entry, unless the command line or an outer file has chosen already. */
  overrideFrom(group: string, entry: GroupEntry): void {
    const key = entry.package === undefined ? group : `${group}@${entry.package}`;
    if (this.#chosen.has(key)) return;
    this.#chosen.set(key, { options: entry.options ?? [], origin: entry.origin, used: false });
  }

  /** The options to load for a group and who chose them; throws InputError when it is met twice, or one must be given and is not. */
  async choose(
    key: string,
    group: { readonly entry: GroupEntry; readonly directory: string },
  ): Promise<Chosen> {
    const { entry, directory } = group;
    if (this.#met.has(key)) {
      throw faultAt(
        entry.origin,
        `group '${key}' is chosen twice; write 'override ${key}: option', or ${key}=option on the command line`,
      );
    }
    this.#met.add(key);
    const choice = this.#chosen.get(key);
    if (choice !== undefined) choice.used = true;
    const { options, origin } = choice ?? entry;
    if (this.#isDeleted(key, options ?? [])) return { options: [], origin };
    if (options !== undefined) return { options, origin };
    throw faultAt(origin, `an option must be chosen: write ${key}=OPTION. ${await knownOptions(directory)}`);
  }

  #isDeleted(key: string, options: readonly string[]): boolean {
    const deletion = this.#deletions.get(key);
    if (deletion === undefined) return false;
    const named = deletion.override.value;
    if (named !== undefined && !options.includes(String(named))) {
      throw faultAt(
        { override: deletion.override.text },
        `the defaults choose ${options.join(', ') || 'nothing'} for '${key}', not '${named}'`,
      );
    }
    deletion.used = true;
    return true;
  }

  /** The groups met so far, by the names that choose their options. */
  get groups(): readonly string[] {
    return [...this.#met];
  }

  /** The overrides that chose no option and so are about values; throws InputError for an `override` entry that met no group. */
  unused(): ReadonlySet<Override> {
    const left = [...this.#candidates]
      .filter(([key]) => this.#chosen.get(key)?.used === false)
      .map(([, override]) => override);
    for (const [key, { origin, used }] of this.#chosen) {
      if (!used && origin.override === undefined) {
        throw faultAt(
          origin,
          `'override ${key}' meets no such group in the defaults. ${didYouMean(key, this.groups)}`,
        );
      }
    }
    const kept = [...this.#deletions.values()].filter(({ used }) => !used).map(({ override }) => override);
    return new Set([...left, ...kept]);
  }
}

/** The options of a group as the end of a message: the nearest to `name`, or all. */
export async function knownOptions(directory: string, name = ''): Promise<string> {
  const names = await yamlNames(directory);
  if (names.length === 0) return `'${directory}' holds no .yaml file`;
  return name === '' ? `Known: ${names.join(', ')}` : didYouMean(name, names);
}

/** The names, without ending, of the YAML files in a directory; none when there is no such directory. */
export async function yamlNames(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => name.replace(/\.ya?ml$/, ''))
      .sort();
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

// Toy preference data whose effect a person can see: customers' questions with a helpful and a curt answer, seeded.
import { InputError, Random } from '../../core/index.ts';
import { firstOrder, lastOrder, names, products, type Topic, topics } from './phrases.ts';

type ToyMessage = { readonly role: 'user' | 'assistant'; readonly content: string };

/** One row of toy preference data: the chosen answer is helpful, polite and specific, the rejected one curt. */
export type ToyPreference = {
  readonly prompt: readonly ToyMessage[];
  readonly chosen: readonly ToyMessage[];
  readonly rejected: readonly ToyMessage[];
};

/** One row of toy data to imitate: half of the answers are helpful, half curt. */
export type ToyCompletion = {
  readonly prompt: readonly ToyMessage[];
  readonly completion: readonly ToyMessage[];
};

/** Toy data with a held-out part: no combination of topic and product of `eval` occurs in `train`. */
export type ToySet<T> = { readonly train: readonly T[]; readonly eval: readonly T[] };

/** How much toy data, and which. */
export type ToyOptions = {
  /** Training rows, each with another prompt. @default 4000 */
  readonly count?: number;
  /** Held-out rows. @default 200 */
  readonly evalCount?: number;
  /** @default 0 */
  readonly seed?: number;
};

type Combination = { readonly topic: Topic; readonly product: string };

/** Of each topic's products, so many are held out. */
const heldOutProducts = 3;

/** Seeded preference pairs; throws InputError when more distinct prompts are asked for than the language has. */
export function toyPreferences(options: ToyOptions = {}): ToySet<ToyPreference> {
  const { count = 4000, evalCount = 200, seed = 0 } = options;
  const { seen, unseen } = splitCombinations(seed);
  return {
    train: drawRows(seen, count, new Random(seed, 'toy train')),
    eval: drawRows(unseen, evalCount, new Random(seed, 'toy eval')),
  };
}

/** The same prompts with one answer each to imitate, helpful or curt by turns in a random order. */
export function toySft(options: ToyOptions = {}): ToySet<ToyCompletion> {
  const pairs = toyPreferences(options);
  return { train: mixAnswers(pairs.train, options.seed), eval: mixAnswers(pairs.eval, options.seed) };
}

function mixAnswers(pairs: readonly ToyPreference[], seed = 0): ToyCompletion[] {
  const helpful = new Random(seed, 'toy mixture').shuffled(pairs.map((_, index) => index % 2 === 0));
  return pairs.map(({ prompt, chosen, rejected }, index) => ({
    prompt,
    completion: helpful[index] ? chosen : rejected,
  }));
}

function splitCombinations(seed: number): { seen: Combination[]; unseen: Combination[] } {
  const seen: Combination[] = [];
  const unseen: Combination[] = [];
  const order = new Random(seed, 'toy split').shuffled(products);
  topics.forEach((topic, index) => {
    // Neighbouring topics hold out different products, so that every product is seen with most topics.
    order.forEach((product, place) => {
      const held = (place + order.length - ((index * heldOutProducts) % order.length)) % order.length;
      (held < heldOutProducts ? unseen : seen).push({ topic, product });
    });
  });
  return { seen, unseen };
}

function drawRows(combinations: readonly Combination[], count: number, random: Random): ToyPreference[] {
  const capacity = combinations.length * names.length;
  if (!Number.isInteger(count) || count < 0 || count > capacity)
    throw new InputError(`Cannot make ${count} toy rows: there are ${capacity} distinct ones; ask for fewer`);
  // Each combination with each name occurs at most once, so all prompts are distinct.
  const questions = combinations.flatMap((combination) => names.map((name) => ({ ...combination, name })));
  const drawn = random.shuffled(questions).slice(0, count);
  return drawn.map(({ topic, product, name }) =>
    makeRow(topic, { product, name, order: String(drawOrder(random)) }, random),
  );
}

function drawOrder(random: Random): number {
  return firstOrder + random.below(lastOrder - firstOrder + 1);
}

function makeRow(topic: Topic, slots: Readonly<Record<string, string>>, random: Random): ToyPreference {
  const say = (role: ToyMessage['role'], templates: readonly string[]): ToyMessage[] => [
    { role, content: fill(random.pick(templates), slots) },
  ];
  return {
    prompt: say('user', topic.questions),
    chosen: say('assistant', topic.helpful),
    rejected: say('assistant', topic.curt),
  };
}

function fill(template: string, slots: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => slots[name] ?? '');
}
